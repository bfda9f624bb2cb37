// The first page: a box to ask, the latest chats and pictures, and what the house can do at the moment, as the API tells it.

namespace Maison.App.Home;

static class HomePages
{
    public static async Task Show(Visit visit)
    {
        const int pictures = 6;
        var (models, voices) = (visit.Api.Writers(visit.Left), visit.Api.Voices(visit.Left));
        await visit.Page<HomePage>(new()
        {
            ["Models"] = await models,
            ["Voices"] = await voices,
            ["Today"] = await Daily.DailyPages.Latest(visit),
            ["Pictures"] = (await Images.ImagePages.Pictures(visit)).Take(pictures).ToList(),
            ["Hour"] = DateTime.Now.Hour,
        });
    }
}
