// The first page: a box to ask, the latest chats, and what the house can do at the moment, as the API tells it.

namespace Maison.App.Home;

static class HomePages
{
    public static async Task Show(Visit visit)
    {
        var (models, voices) = (visit.Api.Writers(visit.Left), visit.Api.Voices(visit.Left));
        await visit.Page<HomePage>(new()
        {
            ["Models"] = await models,
            ["Voices"] = await voices,
            ["Today"] = await Daily.DailyPages.Latest(visit),
            ["Hour"] = DateTime.Now.Hour,
        });
    }
}
