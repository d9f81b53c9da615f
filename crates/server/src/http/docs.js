/** Starts the viewer of the API's description. Requests made from it carry the login of this browser. */
window.addEventListener('DOMContentLoaded', () => {
  window.SwaggerUIBundle({
    url: '/api/openapi.json',
    dom_id: '#api',
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    // Never asks a host outside for anything.
    validatorUrl: null,
  })
})
