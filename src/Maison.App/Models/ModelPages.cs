// What is served, and the card of each model as its folder holds it.

namespace Maison.App.Models;

static class ModelPages
{
    public static async Task List(Visit visit) => await visit.Page<ModelListPage>(new() { ["Models"] = await visit.Api.Models(visit.Left) });

    public static async Task Show(Visit visit) => await visit.Page<ModelPage>(new() { ["Model"] = await visit.Api.Model(visit.RouteId!, visit.Left) });
}
