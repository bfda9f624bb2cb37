// GET /health: the process answers. GET /ready: a model is loaded, so requests will succeed. Both are open, for probes that hold no key.

using Maison.Api.Errors;
using Maison.Api.Models;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Health;

/// <summary>The two probes.</summary>
static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ModelRegistry models)
    {
        routes.MapGet(Routes.Health, context => Answer(context, "ok"));
        routes.MapGet(Routes.Ready, context => models.Texts.Count > 0
            ? Answer(context, "ready")
            : throw ApiException.Unavailable("No model is loaded yet.", "not_ready"));
    }

    static Task Answer(HttpContext context, string status)
        => JsonAnswer.Write(context, StatusCodes.Status200OK, new StatusBody(status), WireJson.Default.StatusBody);
}
