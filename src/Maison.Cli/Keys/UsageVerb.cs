// maison keys usage and maison keys prices: what was used and paid, and what models cost.

using System.CommandLine;
using System.Globalization;
using Maison.Api.Budgets;
using Maison.Api.Keys;
using Maison.Cli.Terminal;

namespace Maison.Cli.Keys;

static class UsageVerb
{
    public static Command Create(Surroundings here)
    {
        var by = new Option<string>("--by") { Description = $"Group by some of day, project, key, model, provider, separated by commas", DefaultValueFactory = _ => "key,model" };
        var days = Choice.Whole("--days", "How many days back, today included", 1, 3660, 30);
        var command = new Command("usage", "Show tokens, seconds, images and money") { by, days };
        command.SetAction(parsed =>
        {
            var groups = parsed.GetValue(by)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Column).ToList();
            var until = new DateTimeOffset(DateTime.UtcNow.Date.AddDays(1), TimeSpan.Zero);
            using var store = HomeFolder.Of(here).OpenStore(here);
            var sums = new UsageBook(store).Sums(until.AddDays(-parsed.GetValue(days)!.Value), until, groups);
            TextTable.Write(parsed.InvocationConfiguration.Output,
                [.. groups.Select(g => g.Replace("_id", "", StringComparison.Ordinal).ToUpperInvariant()), "REQUESTS", "TOKENS IN", "CACHED", "TOKENS OUT", "AUDIO", "IMAGES", "COST"],
                [.. sums.Select(s => (string[])[.. groups.Select(g => Name(s, g)), Whole(s.Requests), Whole(s.Amounts.InputTokens), Whole(s.Amounts.CachedTokens), Whole(s.Amounts.OutputTokens),
                    string.Create(CultureInfo.InvariantCulture, $"{s.Amounts.AudioMs / 1000.0:0.#} s"), Whole(s.Amounts.Images), LimitOptions.Money(s.Cost)])]);
        });
        return command;

        static string Column(string group) => group is "project" or "key" ? group + "_id" : group;

        static string Whole(long n) => n.ToString(CultureInfo.InvariantCulture);

        static string Name(UsageSum sum, string group) => group switch
        {
            "day" => sum.Day,
            "project_id" => sum.ProjectId,
            "key_id" => sum.KeyId,
            "model" => sum.Model,
            _ => sum.Provider,
        } ?? "";
    }

    public static Command Prices(Surroundings here)
    {
        var model = new Argument<string>("model") { Description = "The model's name" };
        Option<decimal>[] amounts =
        [
            Amount("--input", "Euros per million prompt tokens"), Amount("--cached", "Euros per million prompt tokens found in a cache"), Amount("--output", "Euros per million answer tokens"),
            Amount("--audio-second", "Euros per second of audio"), Amount("--image", "Euros per image"),
        ];
        var set = new Command("set", "Set what a model costs from now on") { model };
        foreach (var amount in amounts) set.Add(amount);
        set.SetAction(parsed =>
        {
            var micros = amounts.Select(a => (long)(parsed.GetValue(a) * 1_000_000m)).ToArray();
            using var store = HomeFolder.Of(here).OpenStore(here);
            new PriceBook(store).Set(parsed.GetValue(model)!, new(micros[0], micros[1], micros[2], micros[3], micros[4]), AuditLog.Terminal);
        });
        var list = new Command("list", "List the prices; a model that is not in the list is free");
        list.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            TextTable.Write(parsed.InvocationConfiguration.Output, ["MODEL", "IN/M", "CACHED/M", "OUT/M", "AUDIO/S", "IMAGE"],
                [.. new PriceBook(store).All.Select(p => (string[])[p.Key, .. new[] { p.Value.Input, p.Value.Cached, p.Value.Output, p.Value.AudioSecond, p.Value.Image }.Select(LimitOptions.Money)])]);
        });
        return new("prices", "What models cost, in euros") { list, set };

        static Option<decimal> Amount(string name, string description) => new(name) { Description = description };
    }
}
