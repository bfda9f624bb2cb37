// maison data render: captioned scenes by a path tracer, as a corpus that `maison data prepare-image` takes. The same command goes on where
// an interrupted one stopped.

using System.CommandLine;
using System.Numerics;
using Maison.Cli.Terminal;
using Maison.Data.Corpora;
using Maison.Data.Pictures;
using Maison.Data.Pictures.Rendering;
using Maison.Data.Pictures.Scenes;

namespace Maison.Cli.Data;

static class RenderScenes
{
    const int Across = 6, MostOnSheet = 600;

    public static Command Create(Surroundings here)
    {
        var to = new Option<string?>("--out") { Description = "Folder for the corpus, such as CORPORA/scenes; an interrupted run goes on there" };
        var count = Choice.Whole("--count", "Scenes in the end", 1, 10_000_000, 20_000);
        var seed = Choice.Whole("--seed", "Fixes the scenes", 0, int.MaxValue, 1);
        var side = Choice.Whole("--side", "Pixels of a side", 32, 1024, 128);
        var paths = Choice.Whole("--paths", "Light paths per pixel: a power of two; more give less grain and take longer", 1, 1024, 16);
        var assets = new Option<string?>("--assets") { Description = "Folder of files to use: photographed skies (hdri_sky/hdr) and models (models3d_quaternius/glb); without it everything is made by rule" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var sheet = new Option<string?>("--sheet") { Description = $"Instead of a corpus, one PNG of --count scenes side by side, {MostOnSheet} at most" };
        var from = Choice.Whole("--from", "First scene of a --sheet", 0, int.MaxValue, 0);
        var command = new Command("render", "Render captioned scenes of things, materials and light") { to, count, seed, side, paths, assets, threads, sheet, from };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            if (!BitOperations.IsPow2(parsed.GetValue(paths)!.Value)) throw new UserException($"--paths is {parsed.GetValue(paths)}: give a power of two, such as 16 or 32.");
            var workers = parsed.GetValue(threads)!.Value is 0 ? Environment.ProcessorCount : parsed.GetValue(threads)!.Value;
            var files = parsed.GetValue(assets) is { } named ? SceneAssets.Read(named) : SceneAssets.None;
            if (parsed.GetValue(sheet) is not null && parsed.GetValue(to) is not null) throw new UserException("--out and --sheet are of two different works: a corpus, and one page of scenes. Give one of them.");
            if (parsed.GetValue(sheet) is null && parsed.GetResult(from) is { Implicit: false }) throw new UserException("--from is the first scene of a --sheet; a corpus goes on where it is.");
            if (parsed.GetValue(sheet) is not null && parsed.GetResult(count) is { Implicit: false } && parsed.GetValue(count) > MostOnSheet) throw new UserException($"--count {parsed.GetValue(count)}: a --sheet shows {MostOnSheet} scenes at most.");
            if (parsed.GetValue(sheet) is { } page) return Task.FromResult(Sheet(files, page, parsed.GetValue(from)!.Value, parsed.GetValue(count)!.Value, parsed.GetValue(seed)!.Value, parsed.GetValue(side)!.Value, parsed.GetValue(paths)!.Value, workers, output));
            if (parsed.GetValue(to) is not { } folder) throw new UserException("Give --out FOLDER for a corpus, or --sheet FILE for one page of scenes.");
            var plan = new ScenePlan(Path.GetFullPath(folder), parsed.GetValue(count)!.Value) { Seed = parsed.GetValue(seed)!.Value, Side = parsed.GetValue(side)!.Value, Paths = parsed.GetValue(paths)!.Value, Assets = files, Threads = workers };
            using var alone = RunLock.Take(plan.Folder);
            int made;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "scenes"))
                made = SceneCorpus.Run(plan, new Told<DataProgress>(p => line.Report(p.Stage, p.Done, p.Total)), stop);
            output.WriteLine($"{made:N0} scenes rendered into {plan.Folder}. Next: maison data prepare-image --data {Path.GetDirectoryName(plan.Folder)} --out DATA");
            return Task.FromResult(stop.IsCancellationRequested ? 130 : 0);
        });
        return command;
    }

    static int Sheet(SceneAssets assets, string page, int from, int count, int seed, int side, int paths, int workers, TextWriter output)
    {
        var pictures = new byte[Math.Min(count, MostOnSheet)][];
        var captions = new string[pictures.Length];
        Parallel.For(0, pictures.Length, new ParallelOptions { MaxDegreeOfParallelism = workers }, i =>
        {
            var (rendered, line) = SceneCorpus.Scene(assets, seed, from + i, side, paths);
            (pictures[i], captions[i]) = (rendered.Picture.Pixels, line.Captions[i % line.Captions.Count]);
        });
        PngFile.Write(page, ContactSheet.Of(pictures, side, Across));
        for (var i = 0; i < captions.Length; i++) output.WriteLine($"{from + i}: {captions[i]}");
        return 0;
    }
}
