// What is served, the card of each model as its folder holds it, and what this machine was measured to do with them.

namespace Maison.App.Models;

static class ModelPages
{
    public static async Task List(Visit visit) => await visit.Page<ModelListPage>(new() { ["Models"] = await visit.Api.Models(visit.Left), ["Figures"] = await visit.Api.Benchmarks(visit.Left) });

    public static async Task Show(Visit visit) => await visit.Page<ModelPage>(new() { ["Model"] = await visit.Api.Model(visit.RouteId!, visit.Left) });
}
