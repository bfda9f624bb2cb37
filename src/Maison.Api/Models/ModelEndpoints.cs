// GET /v1/models and GET /v1/models/{id}.

using Maison.Api.Gateway;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Models;

/// <summary>What is served, and what one can ask of it.</summary>
static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ModelRegistry models, Router router)
    {
        routes.MapGet(Routes.Models, context => JsonAnswer.Write(context, StatusCodes.Status200OK,
            new ModelList { Data = [.. models.All.Select(m => m.Card), .. router.Names.Select(Card)] }, WireJson.Default.ModelList));
        routes.MapGet(Routes.ModelPattern, context =>
        {
            var id = (string?)context.Request.RouteValues["id"];
            if (router.Names.FirstOrDefault(n => n.Name == id) is { Name: not null } routed)
                return JsonAnswer.Write(context, StatusCodes.Status200OK, Card(routed), WireJson.Default.ModelCard);
            var model = models.All.FirstOrDefault(m => m.Id == id) ?? models.Find(id);
            return JsonAnswer.Write(context, StatusCodes.Status200OK, model.Card with { Parameters = model.Fields.ToDictionary(f => f.Key, f => f.Value.Support), Card = model.CardText }, WireJson.Default.ModelCard);
        });
    }

    /// <summary>A name of the gateway; what its models can do is told by whoever serves them.</summary>
    static ModelCard Card((string Name, string OwnedBy, int Context, string Output) routed) => new()
    {
        Id = routed.Name,
        Created = 0,
        OwnedBy = routed.OwnedBy,
        ContextWindow = routed.Output == "text" ? routed.Context : null,
        OutputModalities = [routed.Output],
        Defaults = routed.Output == "text" ? new(1, 1, 0, 0, 1) : null,
    };
}
