// maison keys projects: groups of keys with limits of their own.

using System.CommandLine;
using Maison.Api.Keys;
using Maison.Cli.Terminal;

namespace Maison.Cli.Keys;

static class ProjectsVerb
{
    public static Command Create(Surroundings here) => new("projects", "Make, list, limit and archive projects") { New(here), List(here), Set(here), Archive(here) };

    static Command New(Surroundings here)
    {
        var name = new Argument<string>("name") { Description = "What the project is called" };
        var options = new LimitOptions();
        var command = new Command("new", "Make a project and print its id") { name };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            parsed.InvocationConfiguration.Output.WriteLine(new KeyStore(store).CreateProject(parsed.GetValue(name)!, options.Apply(parsed, new()), AuditLog.Terminal).Id);
        });
        return command;
    }

    static Command List(Surroundings here)
    {
        var command = new Command("list", "List the projects");
        command.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            TextTable.Write(parsed.InvocationConfiguration.Output, ["ID", "NAME", "LIMITS"],
                [.. new KeyStore(store).Projects.Select(p => new[] { p.Id, p.Archived is null ? p.Name : $"{p.Name} (archived)", LimitOptions.Describe(p.Limits) })]);
        });
        return command;
    }

    static Command Set(Surroundings here)
    {
        var id = ProjectId();
        var options = new LimitOptions();
        var command = new Command("set", "Change what a project may spend") { id };
        options.AddTo(command);
        command.SetAction(parsed => Change(here, parsed, parsed.GetValue(id)!, project => project with { Limits = options.Apply(parsed, project.Limits) }));
        return command;
    }

    static Command Archive(Surroundings here)
    {
        var id = ProjectId();
        var command = new Command("archive", "Close a project: its keys open nothing any more") { id };
        command.SetAction(parsed => Change(here, parsed, parsed.GetValue(id)!, project => project with { Archived = project.Archived ?? DateTimeOffset.UtcNow }));
        return command;
    }

    static void Change(Surroundings here, ParseResult parsed, string id, Func<Project, Project> change)
    {
        using var store = HomeFolder.Of(here).OpenStore(here);
        var changed = new KeyStore(store).ChangeProject(id, change, AuditLog.Terminal)
            ?? throw new UserException($"There is no project with the id '{id}'. `maison keys projects list` shows the ids.");
        parsed.InvocationConfiguration.Output.WriteLine($"{changed.Id}  {changed.Name}{(changed.Archived is null ? "" : " (archived)")}  {LimitOptions.Describe(changed.Limits)}");
    }

    static Argument<string> ProjectId() => new("id") { Description = "The project's id, as `maison keys projects list` shows it" };
}
