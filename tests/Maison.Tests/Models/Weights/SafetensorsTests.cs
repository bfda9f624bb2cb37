using System.Buffers.Binary;
using System.Text;
using Maison.Models.Weights;

namespace Maison.Tests.Models.Weights;

public sealed class SafetensorsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Made by Python's struct module: "b" is BF16 [1, -2] at 0..4, "a" an F32 scalar 1 at 4..8; two spaces pad the header.
    const string Fixture =
        "8800000000000000" +
        "7b225f5f6d657461646174615f5f223a7b226b223a2276227d2c2261223a7b226474797065223a22463332222c227368617065223a5b5d2c22646174615f6f66" +
        "6673657473223a5b342c385d7d2c2262223a7b226474797065223a2242463136222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b" +
        "302c345d7d7d2020" +
        "803f00c0" + "0000803f";

    string Put(string header, int dataBytes, string name = "model.safetensors")
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        return _folder.Write(name, file);
    }

    static CheckpointFormatException Refused(string path) =>
        Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path).Dispose());

    [Fact]
    public void ReadsAFileMadeElsewhere()
    {
        using var file = SafetensorsFile.Open(_folder.Write("x.safetensors", Convert.FromHexString(Fixture)));
        Assert.Equal(["b", "a"], file.Tensors.Select(t => t.Name));
        Assert.Equal([1, 2], file.Find("b")!.Shape.ToArray());
        Assert.Equal([1f, -2f], file.Find("b")!.ReadAll());
        Assert.Equal([1f], file.Find("a")!.ReadAll());
        Assert.Equal(0, file.Find("a")!.Shape.Length);
        Assert.Equal("v", file.Metadata["k"]);
        Assert.Null(file.Find("c"));
    }

    [Fact]
    public void EveryTruncationIsRefusedClearly()
    {
        var bytes = Convert.FromHexString(Fixture);
        for (var length = 0; length < bytes.Length; length++)
        {
            var path = _folder.Write("cut.safetensors", bytes.AsSpan(0, length));
            var error = Refused(path);
            Assert.Contains(path, error.Message);
            Assert.NotEmpty(error.Remedy);
        }
    }

    [Fact]
    public void EveryChangedByteIsReadOrRefusedButNeverCrashes()
    {
        var bytes = Convert.FromHexString(Fixture);
        for (var place = 0; place < bytes.Length; place++)
            foreach (var value in (byte[])[0, 1, (byte)'"', (byte)'9', (byte)'{', (byte)'\\', 0x80, 0xff])
            {
                var changed = bytes.ToArray();
                changed[place] = value;
                try
                {
                    using var file = SafetensorsFile.Open(_folder.Write("changed.safetensors", changed));
                    foreach (var tensor in file.Tensors) Assert.Equal(tensor.ByteCount, tensor.Bytes.Length);
                }
                catch (CheckpointFormatException)
                {
                }
            }
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "takes 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "rising offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,8]}}""", 8, "overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}""", 8, "overflows")]
    [InlineData("""{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8, "'F31' is not read")]
    [InlineData("""{"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}}""", 8, "a.dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "a.shape: it is not an array")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}""", 8, "pair")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 0, "a.data_offsets")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "a.dtype: it is missing")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "a.shape: it is missing")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", 8, "a.more")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "lists it twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap those of 'a'")]
    [InlineData("""{"a":[]}""", 0, "not an object")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "__metadata__.k")]
    [InlineData("""{"__metadata__":[]}""", 0, "not an object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""", 8, "header JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "header JSON")]
    [InlineData("""{"__metadata__":{"q8_0":"b"},"a":{"dtype":"U8","shape":[1,34],"data_offsets":[0,34]}}""", 34, "no tensor 'b'")]
    [InlineData("""{"__metadata__":{"q8_0":"a"},"a":{"dtype":"U8","shape":[34],"data_offsets":[0,34]}}""", 34, "rows of 34 bytes")]
    [InlineData("""{"__metadata__":{"q8_0":"a"},"a":{"dtype":"I8","shape":[1,34],"data_offsets":[0,34]}}""", 34, "rows of 34 bytes")]
    [InlineData("""{"__metadata__":{"q8_0":"a"},"a":{"dtype":"U8","shape":[34,1],"data_offsets":[0,34]}}""", 34, "rows of 34 bytes")]
    [InlineData("""[]""", 0, "does not start with '{'")]
    public void MalformedHeadersAreRefusedByField(string header, int dataBytes, string expected)
    {
        Assert.Contains(expected, Refused(Put(header, dataBytes)).Message);
    }

    [Fact]
    public void HugeHeaderLengthAndBadUtf8AreRefused()
    {
        Assert.Contains("limit", Refused(_folder.Write("a.safetensors", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7b])).Message);
        Assert.Contains("UTF-8", Refused(_folder.Write("b.safetensors", [3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d])).Message);
    }

    [Fact]
    public void TensorsOfEveryTypeComeBackAsWritten()
    {
        var path = _folder.File("all.safetensors");
        var random = new Random(3);
        var specs = Enum.GetValues<ElementType>().Where(t => t != ElementType.Q8_0).Select(t => new TensorSpec($"t.{t}", t, 3, 5)).Append(new TensorSpec("none", ElementType.F32, 0, 4)).ToArray();
        var expected = specs.ToDictionary(s => s.Name, s => { var b = new byte[s.Type.ByteCount(s.Shape.Aggregate(1L, (a, b) => a * b))]; random.NextBytes(b); return b; });
        using (var writer = SafetensorsWriter.Create(path, specs, new Dictionary<string, string> { ["format"] = "pt", ["é"] = "\"\n" }))
        {
            foreach (var name in expected.Keys.Reverse())   // any order, in two chunks
            {
                writer.Write(name, expected[name].AsSpan(0, expected[name].Length / 2));
                writer.Write(name, expected[name].AsSpan(expected[name].Length / 2));
            }
            writer.Commit();
            Assert.Equal(writer.Length, new FileInfo(path).Length);
        }
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(specs.Length, file.Tensors.Count);
        Assert.Equal("\"\n", file.Metadata["é"]);
        foreach (var tensor in file.Tensors)
        {
            Assert.Equal(expected[tensor.Name], tensor.Bytes.ToArray());
            if (tensor.Type != ElementType.Q8_0) Assert.Equal(0, tensor.Offset % tensor.Type.UnitBytes());
        }
        Assert.Equal([0, 4], file.Find("none")!.Shape.ToArray());
    }

    [Fact]
    public void ValuesAreEncodedAsAnnouncedAndReadInParts()
    {
        var values = Enumerable.Range(0, 20000).Select(i => (i - 10000) / 256f).ToArray();
        var path = _folder.File("values.safetensors");
        using (var writer = SafetensorsWriter.Create(path, [new("half", ElementType.F16, 20000), new("single", ElementType.F32, 200, 100)]))
        {
            writer.Write("half", values);
            writer.Write("single", values.AsSpan(0, 77));
            writer.Write("single", values.AsSpan(77));
            writer.Commit();
        }
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(values, file.Find("single")!.ReadAll());
        var part = new float[100];
        file.Find("half")!.Read(12345, part);
        Assert.Equal(values.Skip(12345).Take(100).Select(v => (float)(Half)v), part);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Find("half")!.Read(19901, part));
    }

    [Fact]
    public void Q8TensorsTravelAsNamedBytes()
    {
        var values = Enumerable.Range(0, 3 * 64).Select(i => MathF.Sin(i)).ToArray();
        var path = _folder.File("q8.safetensors");
        using (var writer = SafetensorsWriter.Create(path, [new("a", ElementType.Q8_0, 3, 64), new("u", ElementType.U8, 2, 34), new("b", ElementType.Q8_0, 32)]))
        {
            writer.Write("a", values);
            writer.Write("b", values.AsSpan(0, 32));
            writer.Write("u", new byte[68]);
            writer.Commit();
        }
        using (var file = SafetensorsFile.Open(path))
        {
            Assert.Equal((ElementType.Q8_0, ElementType.U8), (file.Find("a")!.Type, file.Find("u")!.Type));
            Assert.Equal([3, 64], file.Find("a")!.Shape.ToArray());
            Assert.Equal([32], file.Find("b")!.Shape.ToArray());
            Assert.All(values.Zip(file.Find("a")!.ReadAll()), pair => Assert.True(MathF.Abs(pair.First - pair.Second) <= 1 / 253f));
            Assert.Empty(file.Metadata);
        }
        var text = File.ReadAllText(path);
        Assert.Contains("""{"dtype":"U8","shape":[3,2,34]""", text);   // what every other reader sees
    }

    [Fact]
    public void ShardedFoldersOpenAsOne()
    {
        Put("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "model-00001-of-00002.safetensors");
        Put("""{"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"c":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""", 4, "model-00002-of-00002.safetensors");
        Index("""{"metadata":{"total_size":6},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}""");
        using var file = SafetensorsFile.Open(_folder.Path);
        Assert.Equal(["a", "b", "c"], file.Tensors.Select(t => t.Name));
        Assert.EndsWith("model-00002-of-00002.safetensors", file.Find("c")!.File);
    }

    void Index(string json) => _folder.Write(SafetensorsFile.IndexName, Encoding.UTF8.GetBytes(json));

    [Theory]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"one.safetensors"}}""", "no tensor of this name")]
    [InlineData("""{"weight_map":{"a":"two.safetensors"}}""", "the shard two.safetensors is missing")]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "plain file name")]
    [InlineData("""{"weight_map":{"a":7}}""", "not the name of a shard")]
    [InlineData("""{"weight_map":{}}""", "empty")]
    [InlineData("""{"weight_map":{"a":"one.safetensors"},"weight_map":{}}""", "JSON")]
    [InlineData("""{"map":{}}""", "weight_map")]
    [InlineData("""[1]""", "weight_map")]
    [InlineData("""{"weight_map":{"a":"one.saf""", "JSON")]
    public void MalformedIndexesAreRefused(string index, string expected)
    {
        Put("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "one.safetensors");
        Index(index);
        Assert.Contains(expected, Refused(_folder.Path).Message);
    }

    [Fact]
    public void UnlistedAndDoubledTensorsInShardsAreRefused()
    {
        Put("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "one.safetensors");
        Put("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "two.safetensors");
        Index("""{"weight_map":{"a":"one.safetensors"}}""");
        Assert.Contains("does not list it", Refused(_folder.Path).Message);
        Index("""{"weight_map":{"b":"one.safetensors","a":"two.safetensors"}}""");
        Assert.Contains("same name", Refused(_folder.Path).Message);
    }

    [Fact]
    public void FoldersAndPathsWithoutAModelAreRefused()
    {
        Assert.Contains("cannot be opened", Refused(_folder.File("none.safetensors")).Message);
        Assert.Contains("neither", Refused(_folder.Path).Message);
        Put("{}", 0, "other.safetensors");
        using var file = SafetensorsFile.Open(_folder.Path);   // the only file there is taken
        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void AClosedFileThrowsInsteadOfReadingFreedMemory()
    {
        var file = SafetensorsFile.Open(_folder.Write("x.safetensors", Convert.FromHexString(Fixture)));
        var tensor = file.Tensors[0];
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.ReadAll());
    }
}
