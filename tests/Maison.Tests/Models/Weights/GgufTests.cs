using System.Buffers.Binary;
using System.Text;
using Maison.Models.Weights;

namespace Maison.Tests.Models.Weights;

public sealed class GgufTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Made by Python's struct module, version 3: general.architecture "qwen3", n = u32 7, t = ["a", "Ġb"];
    // x: F32 [2, 3] = 1..6 at 0, q: Q8_0 [32] with scale 0.5 and -16..15 at 32; data starts at 224.
    const string Fixture =
        "474755460300000002000000000000000300000000000000140000000000000067656e6572616c2e617263686974656374757265080000000500000000000000" +
        "7177656e3301000000000000006e0400000007000000010000000000000074090000000800000002000000000000000100000000000000610300000000000000" +
        "c4a0620100000000000000780200000002000000000000000300000000000000000000000000000000000000010000000000000071010000002000000000000000" +
        "080000002000000000000000000000000000000000000000000000000000000000" +
        "803f0000004000004040000080400000a0400000c04000000000000000000038f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f" +
        "000000000000000000000000000000000000000000000000000000000000";

    const int FixtureDataEnd = 224 + 32 + 34;

    static byte[] Bytes => Convert.FromHexString(Fixture);

    CheckpointFormatException Refused(byte[] bytes)
    {
        var path = _folder.Write("x.gguf", bytes);
        var error = Assert.Throws<CheckpointFormatException>(() => GgufFile.Open(path).Dispose());
        Assert.Contains(path, error.Message);
        Assert.NotEmpty(error.Remedy);
        return error;
    }

    static byte[] Changed(int place, params byte[] values)
    {
        var bytes = Bytes;
        values.CopyTo(bytes, place);
        return bytes;
    }

    static int Find(string text, int skip = 0) => Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) + text.Length + skip;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ReadsAFileMadeElsewhere(byte version)
    {
        using var file = GgufFile.Open(_folder.Write("x.gguf", Changed(4, version)));
        Assert.Equal(version, file.Version);
        Assert.Equal(["general.architecture", "n", "t"], file.Metadata.Values.Keys);
        Assert.Equal("qwen3", file.Metadata.GetString("general.architecture"));
        Assert.Equal(7, file.Metadata.GetInteger("n"));
        Assert.Equal(["a", "Ġb"], file.Metadata.GetStrings("t"));
        Assert.Equal(["x", "q"], file.Tensors.Select(t => t.Name));
        Assert.Equal([3, 2], file.Find("x")!.Shape.ToArray());   // outermost first
        Assert.Equal([1, 2, 3, 4, 5, 6], file.Find("x")!.ReadAll());
        Assert.Equal(Enumerable.Range(-16, 32).Select(i => i * 0.5f), file.Find("q")!.ReadAll());
    }

    [Fact]
    public void EveryTruncationIsRefusedClearly()
    {
        var bytes = Bytes;
        for (var length = 0; length < FixtureDataEnd; length++) Refused(bytes[..length]);
        GgufFile.Open(_folder.Write("x.gguf", bytes.AsSpan(0, FixtureDataEnd))).Dispose();   // padding after the last tensor may be absent
    }

    [Fact]
    public void EveryChangedByteIsReadOrRefusedButNeverCrashes()
    {
        var bytes = Bytes;
        for (var place = 0; place < 224; place++)
            foreach (var value in (byte[])[0, 1, 2, 9, 0x7f, 0x80, 0xff])
            {
                try
                {
                    using var file = GgufFile.Open(_folder.Write("x.gguf", Changed(place, value)));
                    foreach (var tensor in file.Tensors) Assert.Equal(tensor.ByteCount, tensor.Bytes.Length);
                }
                catch (CheckpointFormatException)
                {
                }
            }
    }

    [Fact]
    public void EachFaultIsNamed()
    {
        Assert.Contains("'GGUF'", Refused(Changed(0, (byte)'X')).Message);
        Assert.Contains("version 1", Refused(Changed(4, 1)).Message);
        Assert.Contains("big-endian", Refused(Changed(4, 0, 0, 0, 3)).Message);
        Assert.Contains("tensor_count", Refused(Changed(8, 0, 0, 0, 0, 0, 0, 0, 0x80)).Message);
        Assert.Contains("metadata_kv_count", Refused(Changed(16, 0xff)).Message);
        Assert.Contains("value type 13", Refused(Changed(Find("n\x04") - 1, 13)).Message);
        Assert.Contains("type Q4_K", Refused(Changed(Find("x\x02", 19), 12)).Message);
        Assert.Contains("number 99", Refused(Changed(Find("x\x02", 19), 99)).Message);
        Assert.Contains("more than 4", Refused(Changed(Find("x\x02") - 1, 5)).Message);
        Assert.Contains("overflows or splits a block of Q8_0", Refused(Changed(Find("q\x01", 3), 33)).Message);
        Assert.Contains("not a multiple of the alignment", Refused(Changed(Find("q\x01", 15), 33)).Message);
        Assert.Contains("overlap", Refused(Changed(Find("q\x01", 15), 0)).Message);
        Assert.Contains("truncated", Refused(Changed(Find("q\x01", 15), 64)).Message);
        Assert.Contains("belong to no tensor", Refused([.. Bytes, 0]).Message);
        Assert.Contains("key is there twice", Refused(Changed(Find("n\x04") - 2, (byte)'t')).Message);
        Assert.Contains("tensor is there twice", Refused(Changed(Find("q\x01") - 2, (byte)'x')).Message);
        Assert.Contains("UTF-8", Refused(Changed(Find("qwen3") - 5, 0xff)).Message);
    }

    [Fact]
    public void DeeplyNestedArraysDoNotOverflowTheStack()
    {
        var bytes = new byte[24 + 9 + 4 + 12 * 200_000];
        Bytes.AsSpan(0, 8).CopyTo(bytes);
        bytes[16] = 1;                  // one pair
        bytes[24] = 1;                  // key of one byte
        bytes[32] = (byte)'k';
        bytes[33] = 9;                  // an array …
        for (var i = 37; i < bytes.Length; i += 12) (bytes[i], bytes[i + 4]) = (9, 1);   // … of one array
        Assert.Contains("nested", Refused(bytes).Message);
    }

    static readonly Dictionary<string, object> EveryType = new()
    {
        ["u8"] = (byte)200,
        ["i8"] = (sbyte)-3,
        ["u16"] = (ushort)60000,
        ["i16"] = (short)-30000,
        ["u32"] = 4_000_000_000u,
        ["i32"] = -5,
        ["u64"] = ulong.MaxValue,
        ["i64"] = long.MinValue,
        ["f32"] = 0.1f,
        ["f64"] = 0.1,
        ["yes"] = true,
        ["no"] = false,
        ["text"] = "Zürich \0 🙂",
        ["u8s"] = new byte[] { 1, 2 },
        ["i8s"] = new sbyte[] { -1 },
        ["u16s"] = new ushort[] { 9 },
        ["i16s"] = new short[] { -9 },
        ["u32s"] = new uint[] { 8 },
        ["i32s"] = new[] { -8, 7 },
        ["u64s"] = new ulong[] { 7 },
        ["i64s"] = new long[] { -7 },
        ["f32s"] = new[] { 1.5f },
        ["f64s"] = new[] { 2.5 },
        ["bools"] = new[] { true, false },
        ["texts"] = new[] { "", "a", "Ġ" },
        ["empty"] = Array.Empty<string>(),
        ["nested"] = new object[] { new[] { 1, 2 }, new[] { "x" } },
    };

    [Fact]
    public void MetadataOfEveryTypeComesBackAsWritten()
    {
        var path = _folder.File("meta.gguf");
        using (var writer = GgufWriter.Create(path, EveryType, [])) writer.Commit();
        using var file = GgufFile.Open(path);
        Assert.Equal(EveryType.Keys, file.Metadata.Values.Keys);
        foreach (var (key, value) in EveryType)
        {
            Assert.Equal(value.GetType(), file.Metadata.Values[key].GetType());
            Assert.Equal(value, file.Metadata.Values[key]);
        }
        var metadata = file.Metadata;
        Assert.Equal(200, metadata.GetInteger("u8"));
        Assert.Equal(-8, metadata.GetIntegers("i32s")[0]);
        Assert.Equal(0.1f, metadata.GetReal("f32"));
        Assert.True(metadata.GetBool("yes", false));
        Assert.Equal(5, metadata.GetInteger("absent", 5));
        Assert.Contains("absent: the key is missing", Assert.Throws<CheckpointFormatException>(() => metadata.GetString("absent")).Message);
        Assert.Contains("text: it is", Assert.Throws<CheckpointFormatException>(() => metadata.GetInteger("text")).Message);
        Assert.Contains("not a whole number", Assert.Throws<CheckpointFormatException>(() => metadata.GetInteger("u64")).Message);
        Assert.Contains("not an array", Assert.Throws<CheckpointFormatException>(() => metadata.GetStrings("i32s")).Message);
        Assert.Throws<CheckpointFormatException>(() => metadata.GetIntegers("texts"));
    }

    [Fact]
    public void TensorsOfEveryTypeComeBackAsWritten()
    {
        var path = _folder.File("t.gguf");
        var values = Enumerable.Range(0, 3 * 5 * 64).Select(i => MathF.Sin(i)).ToArray();
        ElementType[] types = [ElementType.Q8_0, ElementType.F16, ElementType.BF16, ElementType.F32];
        using (var writer = GgufWriter.Create(path, [], types.Select(t => new TensorSpec($"w.{t}", t, 3, 5, 64)).Append(new("s", ElementType.F16, 3))))
        {
            foreach (var type in types)
            {
                writer.Write($"w.{type}", values.AsSpan(0, 96));
                writer.Write($"w.{type}", values.AsSpan(96));
            }
            writer.Write("s", [1f, 2f, 3f]);
            writer.Commit();
        }
        using var file = GgufFile.Open(path);
        Assert.Equal(0, new FileInfo(path).Length % 32);
        foreach (var (type, error) in types.Zip([1 / 253f, 1 / 2048f, 1 / 256f, 0f]))
        {
            var tensor = file.Find($"w.{type}")!;
            Assert.Equal((type, 0), (tensor.Type, (int)(tensor.Offset % 32)));
            Assert.Equal([3, 5, 64], tensor.Shape.ToArray());
            Assert.All(values.Zip(tensor.ReadAll()), pair => Assert.True(MathF.Abs(pair.First - pair.Second) <= error));
        }
        Assert.Equal([1f, 2f, 3f], file.Find("s")!.ReadAll());
    }

    [Fact]
    public void WritesTheFixtureByteForByte()
    {
        var path = _folder.File("again.gguf");
        KeyValuePair<string, object>[] metadata = [new("general.architecture", "qwen3"), new("n", 7u), new("t", new[] { "a", "Ġb" })];
        using (var writer = GgufWriter.Create(path, metadata, [new("x", ElementType.F32, 3, 2), new("q", ElementType.Q8_0, 32)]))
        {
            writer.Write("x", [1f, 2f, 3f, 4f, 5f, 6f]);
            writer.Write("q", Bytes.AsSpan(256, 34));
            writer.Commit();
        }
        Assert.Equal(Bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public void MistakesOfTheCallerAreNamed()
    {
        var path = _folder.File("m.gguf");
        string Wrong(KeyValuePair<string, object>[] metadata, params TensorSpec[] tensors) =>
            Assert.Throws<ArgumentException>(() => GgufWriter.Create(path, metadata, tensors)).Message;
        Assert.Contains("'k' is there twice", Wrong([new("k", 1), new("k", 2)]));
        Assert.Contains("Decimal", Wrong([new("k", 1m)]));
        Assert.Contains("general.alignment", Wrong([new("general.alignment", 64u)]));
        Assert.Contains("'a' is taken", Wrong([], new("a", ElementType.F32, 1), new("a", ElementType.F32, 1)));
        Assert.Contains("splits a block", Wrong([], new TensorSpec("a", ElementType.Q8_0, 32, 33)));
        Assert.Contains("I32", Wrong([], new TensorSpec("a", ElementType.I32, 1)));
        Assert.Contains("63 bytes", Wrong([], new TensorSpec(new string('a', 64), ElementType.F32, 1)));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }
}
