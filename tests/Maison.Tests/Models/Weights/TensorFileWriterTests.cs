// What a kill, a mistake or a full disk during a save leaves behind: always the last good file.

using Maison.Models.Weights;

namespace Maison.Tests.Models.Weights;

public sealed class TensorFileWriterTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Save(string name, float value)
    {
        using var writer = SafetensorsWriter.Create(_folder.File(name), [new("w", ElementType.F32, 4)]);
        writer.Write("w", [value, value, value, value]);
        writer.Commit();
        return _folder.File(name);
    }

    static float Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Find("w")!.ReadAll()[3];
    }

    [Fact]
    public void ASaveThatIsNotCommittedLeavesTheOldFile()
    {
        var path = Save("m.safetensors", 1);
        using (var writer = SafetensorsWriter.Create(path, [new("w", ElementType.F32, 4)]))
        {
            writer.Write("w", [2f, 2f, 2f]);
            Assert.Contains("'w'", Assert.Throws<InvalidOperationException>(writer.Commit).Message);
            Assert.Equal(1, Load(path));
        }
        Assert.Equal(1, Load(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
        Save("m.safetensors", 3);
        Assert.Equal(3, Load(path));
    }

    [Fact]
    public void TheRemainsOfAKilledSaveAreReplaced()
    {
        var path = Save("m.safetensors", 1);
        _folder.Write("m.safetensors.tmp", new byte[100000]);
        Assert.Equal(1, Load(path));
        Save("m.safetensors", 2);
        Assert.Equal(2, Load(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void AFullDiskIsReportedAndLeavesTheOldFile()
    {
        if (!OperatingSystem.IsLinux()) return;
        var path = Save("m.safetensors", 1);
        File.CreateSymbolicLink(path + ".tmp", "/dev/full");
        var error = Assert.Throws<IOException>(() => Save("m.safetensors", 2));
        Assert.Contains(path, error.Message);
        Assert.Contains("space", error.Message);
        Assert.Equal(1, Load(path));
    }

    [Fact]
    public void AMappedFileKeepsItsContentWhileItIsReplaced()
    {
        var path = Save("m.safetensors", 1);
        using var old = SafetensorsFile.Open(path);
        Save("m.safetensors", 2);
        Assert.Equal(1, old.Find("w")!.ReadAll()[0]);
        Assert.Equal(2, Load(path));
    }

    [Fact]
    public void AMissingFolderIsReported()
    {
        Assert.Contains("could not be written", Assert.Throws<IOException>(() => Save("no/such/folder", 1)).Message);
    }

    [Fact]
    public void MistakesOfTheCallerAreNamed()
    {
        var path = _folder.File("m.safetensors");
        Assert.Contains("taken", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Create(path, [new("a", ElementType.F32, 1), new("a", ElementType.F16, 1)])).Message);
        Assert.Contains("__metadata__", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Create(path, [new("__metadata__", ElementType.F32, 1)])).Message);
        Assert.Contains("splits a block of Q8_0", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Create(path, [new("a", ElementType.Q8_0, 33)])).Message);
        Assert.Contains("reserved", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Create(path, [], new Dictionary<string, string> { ["q8_0"] = "a" })).Message);
        Assert.Contains("overflows", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Create(path, [new("a", ElementType.F32, 1L << 62)])).Message);
        using var writer = SafetensorsWriter.Create(path, [new("a", ElementType.F32, 1)]);
        Assert.Contains("announces no tensor 'b'", Assert.Throws<ArgumentException>(() => writer.Write("b", [1f])).Message);
        Assert.Contains("takes 4 bytes", Assert.Throws<ArgumentException>(() => writer.Write("a", [1f, 2f])).Message);
    }
}
