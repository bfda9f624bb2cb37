// GET /v1/training/runs and /v1/training/runs/{id}: what this machine is learning. Where runs lie and how they are read is the caller's affair.

using Maison.Api.Errors;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Admin;

/// <summary>The training runs of a house.</summary>
public interface ITrainingRuns
{
    /// <summary>All runs without their curves, the one that was written last first.</summary>
    IReadOnlyList<TrainingRunBody> All();

    /// <summary>One run with its curve; null where there is none of that id.</summary>
    TrainingRunBody? Find(string id);
}

/// <summary>Tells of training runs.</summary>
static class TrainingEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ITrainingRuns? runs)
    {
        routes.MapGet(Routes.TrainingRuns, context => JsonAnswer.Write(context, StatusCodes.Status200OK, new TrainingRunList(runs?.All() ?? []), WireJson.Default.TrainingRunList));
        routes.MapGet(Routes.TrainingRuns + "/{**id}", context =>
        {
            var id = (string)context.Request.RouteValues["id"]!;
            var run = runs?.Find(id) ?? throw ApiException.NotFound($"There is no training run '{id}'. GET {Routes.TrainingRuns} lists them.");
            return JsonAnswer.Write(context, StatusCodes.Status200OK, run, WireJson.Default.TrainingRunBody);
        });
    }
}
