// maison keys: makes, lists, changes, rotates and revokes the API keys of the store. A running server takes changes up at once.

using System.CommandLine;
using System.Globalization;
using Maison.Api.Keys;
using Maison.Cli.Terminal;

namespace Maison.Cli.Keys;

static class KeysVerb
{
    const string dateForm = "yyyy-MM-dd HH:mm";

    public static Command Create(Surroundings here)
        => new("keys", "Make, limit, rotate and revoke API keys") { New(here), List(here), Set(here), Rotate(here), Revoke(here), ProjectsVerb.Create(here), UsageVerb.Create(here), UsageVerb.Prices(here), AuditVerb.Create(here) };

    static Command New(Surroundings here)
    {
        var name = new Option<string>("--name") { Description = "What the key is for; shown in lists", DefaultValueFactory = _ => "cli" };
        var options = new KeyOptions();
        var command = new Command("new", "Make a key and print it, the only time that it can be shown") { name };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            var plain = new ApiKey { Id = "", ProjectId = Project.Default, Name = parsed.GetValue(name)!, Created = DateTimeOffset.UtcNow };
            var wanted = options.Apply(parsed, plain);
            var (_, value) = new KeyStore(store).Create(new NewKey
            {
                Name = wanted.Name,
                ProjectId = wanted.ProjectId,
                Expires = wanted.Expires,
                Admin = wanted.Admin,
                Scope = wanted.Scope,
                Limits = wanted.Limits,
                MaskPersonalData = wanted.MaskPersonalData,
            }, AuditLog.Terminal);
            parsed.InvocationConfiguration.Output.WriteLine(value);
        });
        return command;
    }

    static Command List(Surroundings here)
    {
        var command = new Command("list", "List the keys, without their values");
        command.SetAction(parsed =>
        {
            var home = HomeFolder.Of(here);
            IReadOnlyList<ApiKey> keys = [];
            if (home.HasStore(here))
            {
                using var store = home.OpenStore(here);
                keys = [.. new KeyStore(store).Keys.Where(k => k.Revoked is null)];
            }
            if (keys.Count == 0) parsed.InvocationConfiguration.Error.WriteLine("No keys yet: make one with `maison keys new`, or start `maison serve`.");
            else
                TextTable.Write(parsed.InvocationConfiguration.Output, ["ID", "NAME", "PROJECT", "CREATED", "LAST USED", "OPENS", "LIMITS"],
                    [.. keys.Select(k => new[] { k.Id, k.Name, k.ProjectId, Date(k.Created), k.LastUsed is { } used ? Date(used) : "never", Opens(k), KeyOptions.Describe(k.Limits) })]);
        });
        return command;
    }

    static Command Set(Surroundings here)
    {
        var id = KeyId();
        var name = new Option<string?>("--name") { Description = "Another name" };
        var options = new KeyOptions();
        var command = new Command("set", "Change what a key opens and may spend") { id, name };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            var changed = new KeyStore(store).Change(parsed.GetValue(id)!, key => options.Apply(parsed, key with { Name = parsed.GetValue(name) ?? key.Name }), AuditLog.Terminal)
                ?? throw Unknown(parsed.GetValue(id)!);
            parsed.InvocationConfiguration.Output.WriteLine($"{changed.Id}  {changed.Name}  {Opens(changed)}  {KeyOptions.Describe(changed.Limits)}");
        });
        return command;
    }

    static Command Rotate(Surroundings here)
    {
        var id = KeyId();
        var grace = new Option<string?>("--grace") { Description = "How long the old value stays good, such as 2h; otherwise it ends at once" };
        var command = new Command("rotate", "Give a key a new value and print it; what it opens and has spent stays") { id, grace };
        command.SetAction(parsed =>
        {
            var time = parsed.GetValue(grace) is { } text ? Duration.Parse(text, "--grace") : TimeSpan.Zero;
            using var store = HomeFolder.Of(here).OpenStore(here);
            parsed.InvocationConfiguration.Output.WriteLine(new KeyStore(store).Rotate(parsed.GetValue(id)!, time, AuditLog.Terminal) ?? throw Unknown(parsed.GetValue(id)!));
        });
        return command;
    }

    static Command Revoke(Surroundings here)
    {
        var id = KeyId();
        var command = new Command("revoke", "Take a key out; whoever uses it is refused from then on") { id };
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(id)!;
            using var store = HomeFolder.Of(here).OpenStore(here);
            if (!new KeyStore(store).Revoke(given, AuditLog.Terminal)) throw Unknown(given);
            parsed.InvocationConfiguration.Output.WriteLine($"Revoked {given}.");
        });
        return command;
    }

    static Argument<string> KeyId() => new("id") { Description = "The key's id, as `maison keys list` shows it" };

    static UserException Unknown(string id) => new($"There is no key with the id '{id}'. `maison keys list` shows the ids.");

    static string Opens(ApiKey key)
    {
        var parts = new[] { key.Admin ? "administration" : null, List(key.Scope.Models), List(key.Scope.Routes), List(key.Scope.Modalities), key.Expires is { } end ? $"until {Date(end)}" : null };
        var shown = string.Join("; ", parts.Where(p => p is not null));
        return shown.Length == 0 ? "everything" : shown;

        static string? List(IReadOnlyList<string>? list) => list is null ? null : string.Join(",", list);
    }

    internal static string Date(DateTimeOffset at) => at.ToLocalTime().ToString(dateForm, CultureInfo.InvariantCulture);
}
