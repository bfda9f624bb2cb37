// maison keys audit: who changed which key or project, when.

using System.CommandLine;
using Maison.Api.Keys;
using Maison.Cli.Terminal;

namespace Maison.Cli.Keys;

static class AuditVerb
{
    public static Command Create(Surroundings here)
    {
        var most = Choice.Whole("--last", "How many acts to show", 1, 10_000, 50);
        var command = new Command("audit", "Show the last administrative acts, the newest first") { most };
        command.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            TextTable.Write(parsed.InvocationConfiguration.Output, ["WHEN", "WHO", "ACT", "ON", "DETAIL"],
                [.. new AuditLog(store).Newest(parsed.GetValue(most)!.Value).Select(e => new[] { KeysVerb.Date(e.At), e.Actor, e.Action, e.Target, e.Detail })]);
        });
        return command;
    }
}
