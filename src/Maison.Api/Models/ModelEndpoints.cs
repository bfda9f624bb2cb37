// GET /v1/models and GET /v1/models/{id}.

using Maison.Api.Chat;
using Maison.Api.Completions;
using Maison.Api.Embeddings;
using Maison.Api.Gateway;
using Maison.Api.Messages;
using Maison.Api.Responses;
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
            var model = models.Find(id);
            var parameters = new Dictionary<string, ParameterSupport> { [Routes.Completions] = CompletionRules.Fields.Support };
            if (model.ChatFormat is not null)
            {
                parameters[Routes.ChatCompletions] = ChatRules.Fields.Support;
                parameters[Routes.Responses] = ResponseRules.Fields.Support;
                parameters[Routes.Messages] = MessageRules.Fields.Support;
            }
            if (model.Embed is not null) parameters[Routes.Embeddings] = EmbeddingEndpoint.Fields.Support;
            return JsonAnswer.Write(context, StatusCodes.Status200OK, model.Card with { Parameters = parameters, Card = model.CardText }, WireJson.Default.ModelCard);
        });
    }

    /// <summary>A name of the gateway; what its models can do is told by whoever serves them.</summary>
    static ModelCard Card((string Name, string OwnedBy, int Context) routed) => new()
    {
        Id = routed.Name,
        Created = 0,
        OwnedBy = routed.OwnedBy,
        ContextWindow = routed.Context,
        Defaults = new(1, 1, 0, 0, 1),
    };
}
