/** The picture beside the sign-in form. Decoration only; always night, in both themes. */
export const Lighthouse = () => (
  <svg
    aria-hidden
    viewBox="0 0 600 720"
    preserveAspectRatio="xMidYMid slice"
    className="absolute inset-0 size-full"
  >
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stopColor="#0a1424" />
        <stop offset=".62" stopColor="#14294a" />
        <stop offset=".74" stopColor="#2a4064" />
      </linearGradient>
      <linearGradient id="beam-right" x1="0" x2="1">
        <stop offset="0" stopColor="#f5b53d" stopOpacity=".85" />
        <stop offset="1" stopColor="#f5b53d" stopOpacity="0" />
      </linearGradient>
      <linearGradient id="beam-left" x1="1" x2="0">
        <stop offset="0" stopColor="#f5b53d" stopOpacity=".5" />
        <stop offset="1" stopColor="#f5b53d" stopOpacity="0" />
      </linearGradient>
      <radialGradient id="glow">
        <stop offset="0" stopColor="#ffd98c" stopOpacity=".9" />
        <stop offset="1" stopColor="#f5b53d" stopOpacity="0" />
      </radialGradient>
      <linearGradient id="tower" x1="0" x2="1">
        <stop offset="0" stopColor="#f4f7fb" />
        <stop offset="1" stopColor="#a9b8cd" />
      </linearGradient>
    </defs>
    <rect width="600" height="720" fill="url(#sky)" />
    <g fill="#dbe6f6">
      <circle cx="72" cy="190" r="1.4" />
      <circle cx="148" cy="96" r="1" />
      <circle cx="236" cy="168" r="1.2" />
      <circle cx="318" cy="64" r="1.5" />
      <circle cx="402" cy="132" r="1" />
      <circle cx="476" cy="58" r="1.3" />
      <circle cx="548" cy="168" r="1.1" />
      <circle cx="96" cy="330" r="1" />
      <circle cx="520" cy="372" r="1" />
      <circle cx="196" cy="402" r="1.2" />
      <circle cx="440" cy="440" r=".9" />
    </g>
    <path d="M300 288 640 178v220L300 300z" fill="url(#beam-right)" />
    <path d="M300 288-40 232v124l340-56z" fill="url(#beam-left)" />
    <circle cx="300" cy="294" r="90" fill="url(#glow)" />
    <path d="M0 532h600v188H0z" fill="#0b182b" />
    <path d="M0 560q150-14 300 0t300 0v160H0z" fill="#091423" />
    <g stroke="#f5b53d" strokeLinecap="round" strokeWidth="2.5" opacity=".5">
      <path d="M330 578h86M352 596h120M338 618h54M388 640h110" />
    </g>
    <path d="M196 590q36-44 78-46h56q44 4 82 52 30 22 34 46H150q8-34 46-52z" fill="#050b15" />
    <path d="M0 626q75-8 150 0t150 0 150 0 150 0v94H0z" fill="#0b182b" />
    <path d="m272 340-14 214h84l-14-214z" fill="url(#tower)" />
    <path
      d="m269.500 378-3.300 50h67.600l-3.300-50zM262.800 480l-3.200 50h80.800l-3.200-50z"
      fill="#c2483f"
    />
    <path d="M288 452h24v22h-24zM290 534h20v20h-20z" fill="#14294a" />
    <path d="M262 328h76v12h-76z" fill="#0a1424" />
    <path
      d="M266 316h68v4h-68zM268 316h2v14h-2zM284 316h2v14h-2zM314 316h2v14h-2zM330 316h2v14h-2z"
      fill="#8fa0b8"
    />
    <path d="M280 272h40v56h-40z" fill="#ffcf73" />
    <path d="M280 272h2v56h-2zM299 272h2v56h-2zM318 272h2v56h-2z" fill="#0a1424" />
    <path d="M274 272q2-26 26-30 24 4 26 30z" fill="#c2483f" />
    <path d="M298 226h4v18h-4z" fill="#0a1424" />
  </svg>
)
