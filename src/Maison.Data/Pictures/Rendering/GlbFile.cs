// Reads models in the binary form of glTF 2.0 (.glb): the meshes of its nodes in their places, with the base colour of each material. Textures,
// skins and animations are passed over; what the file needs and this does not read is refused. Source: registry.khronos.org/glTF/specs/2.0.

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Maison.Data.Pictures.Rendering;

/// <summary>A model as its file gives it.</summary>
/// <param name="Mesh">All its triangles; <see cref="TriangleMesh.Parts"/> says which colour each has.</param>
/// <param name="Colours">Linear base colours.</param>
public sealed record Model(TriangleMesh Mesh, Vector3[] Colours);

/// <summary>Reads models.</summary>
public static class GlbFile
{
    const uint Magic = 0x46546C67, JsonChunk = 0x4E4F534A, BinaryChunk = 0x004E4942;
    const int Bytes = 5121, Shorts = 5123, Ints = 5125, Floats = 5126, TriangleMode = 4, MostNodes = 10_000;

    /// <summary>Reads a whole model.</summary>
    /// <exception cref="InvalidDataException">The file is none, damaged, or of a kind that is not read.</exception>
    public static Model Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || BinaryPrimitives.ReadUInt32LittleEndian(file) != Magic) throw new InvalidDataException("This is no .glb file.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) != 2) throw new InvalidDataException("Only version 2 of glTF is read.");
        ReadOnlySpan<byte> text = [], binary = [];
        for (var at = 12; at + 8 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[at..]);
            if (length > file.Length - at - 8) throw new InvalidDataException("The model is damaged: it ends early.");
            var chunk = file.Slice(at + 8, (int)length);
            var kind = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (kind == JsonChunk) text = chunk;
            else if (kind == BinaryChunk) binary = chunk;
            at += 8 + (int)length;
        }
        try
        {
            using var json = JsonDocument.Parse(text.ToArray());
            return new Reader(json.RootElement, binary.ToArray()).Model();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"The model is damaged: {e.Message}", e);
        }
    }

    sealed class Reader(JsonElement root, byte[] binary)
    {
        readonly List<Vector3> positions = [], normals = [];
        readonly List<int> corners = [], parts = [];
        readonly List<Vector3> colours = [];
        int visited;

        public Model Model()
        {
            foreach (var material in Array(root, "materials"))
            {
                var colour = material.TryGetProperty("pbrMetallicRoughness", out var pbr) && pbr.TryGetProperty("baseColorFactor", out var factor) ? factor.EnumerateArray().Select(v => v.GetSingle()).ToArray() : [1, 1, 1];
                colours.Add(new(colour[0], colour[1], colour[2]));
            }
            colours.Add(new(0.8f));                                       // of what has no material
            var scene = root.TryGetProperty("scene", out var number) ? number.GetInt32() : 0;
            foreach (var node in Array(root, "scenes").ElementAt(scene).GetProperty("nodes").EnumerateArray()) Visit(node.GetInt32(), Matrix4x4.Identity);
            if (corners.Count == 0) throw new InvalidDataException("The model has no triangles.");
            return new(new([.. positions], [.. normals], [.. corners], [.. parts]), [.. colours]);
        }

        void Visit(int index, Matrix4x4 above)
        {
            if (++visited > MostNodes) throw new InvalidDataException("The model is damaged: its nodes go in a circle.");
            var node = Array(root, "nodes").ElementAt(index);
            var place = Place(node) * above;
            if (node.TryGetProperty("mesh", out var mesh))
                foreach (var primitive in Array(root, "meshes").ElementAt(mesh.GetInt32()).GetProperty("primitives").EnumerateArray()) Add(primitive, place);
            foreach (var child in Array(node, "children")) Visit(child.GetInt32(), place);
        }

        static Matrix4x4 Place(JsonElement node)
        {
            if (node.TryGetProperty("matrix", out var matrix))
            {
                // Columns in the file are rows here.
                var m = matrix.EnumerateArray().Select(v => v.GetSingle()).ToArray();
                return new(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11], m[12], m[13], m[14], m[15]);
            }
            float[] scale = Numbers("scale", 1, 1, 1), turn = Numbers("rotation", 0, 0, 0, 1), move = Numbers("translation", 0, 0, 0);
            return Matrix4x4.CreateScale(scale[0], scale[1], scale[2]) * Matrix4x4.CreateFromQuaternion(new(turn[0], turn[1], turn[2], turn[3])) * Matrix4x4.CreateTranslation(move[0], move[1], move[2]);

            float[] Numbers(string name, params float[] otherwise) => node.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(v => v.GetSingle())] : otherwise;
        }

        void Add(JsonElement primitive, Matrix4x4 place)
        {
            if (primitive.TryGetProperty("mode", out var mode) && mode.GetInt32() != TriangleMode) return;
            var attributes = primitive.GetProperty("attributes");
            var first = positions.Count;
            var places = Vectors(attributes.GetProperty("POSITION").GetInt32());
            positions.AddRange(places.Select(p => Vector3.Transform(p, place)));
            int[] faces = primitive.TryGetProperty("indices", out var indices) ? Indices(indices.GetInt32()) : [.. Enumerable.Range(0, places.Length)];
            if (faces.Length % 3 != 0 || faces.Any(f => f < 0 || f >= places.Length)) throw new InvalidDataException("The model is damaged: a triangle names a corner that is not there.");
            if (attributes.TryGetProperty("NORMAL", out var normal))
            {
                Matrix4x4.Invert(place, out var inverse);
                var turned = Matrix4x4.Transpose(inverse);
                var given = Vectors(normal.GetInt32());
                if (given.Length != places.Length) throw new InvalidDataException("The model is damaged: it has not as many normals as corners.");
                normals.AddRange(given.Select(n => Vector3.Normalize(Vector3.TransformNormal(n, turned))));
            }
            else normals.AddRange(Flat(faces, first, places.Length));
            corners.AddRange(faces.Select(f => f + first));
            var part = primitive.TryGetProperty("material", out var material) ? material.GetInt32() : colours.Count - 1;
            if (part < 0 || part >= colours.Count) throw new InvalidDataException("The model is damaged: it names a material that is not there.");
            parts.AddRange(Enumerable.Repeat(part, faces.Length / 3));
        }

        Vector3[] Flat(int[] faces, int first, int count)
        {
            var sums = new Vector3[count];
            for (var i = 0; i < faces.Length; i += 3)
            {
                var n = Vector3.Cross(positions[first + faces[i + 1]] - positions[first + faces[i]], positions[first + faces[i + 2]] - positions[first + faces[i]]);
                for (var c = 0; c < 3; c++) sums[faces[i + c]] += n;
            }
            return [.. sums.Select(n => n.LengthSquared() > 0 ? Vector3.Normalize(n) : Vector3.UnitY)];
        }

        Vector3[] Vectors(int index)
        {
            var (accessor, data, stride) = Accessor(index, 12);
            if (accessor.GetProperty("componentType").GetInt32() != Floats || accessor.GetProperty("type").GetString() != "VEC3") throw new InvalidDataException("The model's places are not given as three floats each, which alone are read.");
            var all = new Vector3[accessor.GetProperty("count").GetInt32()];
            for (var i = 0; i < all.Length; i++) all[i] = MemoryMarshal.Read<Vector3>(data.AsSpan(i * stride, 12));
            return all;
        }

        int[] Indices(int index)
        {
            var kind = Array(root, "accessors").ElementAt(index).GetProperty("componentType").GetInt32();
            var size = kind switch { Bytes => 1, Shorts => 2, Ints => 4, _ => throw new InvalidDataException($"Indices of kind {kind} are not read.") };
            var (accessor, data, stride) = Accessor(index, size);
            var all = new int[accessor.GetProperty("count").GetInt32()];
            for (var i = 0; i < all.Length; i++)
            {
                var at = data.AsSpan(i * stride, size);
                all[i] = size switch { 1 => at[0], 2 => BinaryPrimitives.ReadUInt16LittleEndian(at), _ => checked((int)BinaryPrimitives.ReadUInt32LittleEndian(at)) };
            }
            return all;
        }

        (JsonElement Accessor, ArraySegment<byte> Data, int Stride) Accessor(int index, int size)
        {
            var accessor = Array(root, "accessors").ElementAt(index);
            if (!accessor.TryGetProperty("bufferView", out var number)) throw new InvalidDataException("The model leaves values out (sparse accessors), which is not read.");
            var view = Array(root, "bufferViews").ElementAt(number.GetInt32());
            if (Number(view, "buffer") != 0) throw new InvalidDataException("The model keeps values in another file, which is not read.");
            int stride = view.TryGetProperty("byteStride", out var given) ? given.GetInt32() : size, offset = Number(view, "byteOffset") + Number(accessor, "byteOffset"), count = accessor.GetProperty("count").GetInt32();
            var whole = checked((count - 1) * stride + size);
            if (count < 1 || stride < size || offset < 0 || whole > binary.Length - offset) throw new InvalidDataException("The model is damaged: it ends early.");
            return (accessor, new(binary, offset, whole), stride);
        }

        static int Number(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetInt32() : 0;

        static IEnumerable<JsonElement> Array(JsonElement of, string name) => of.TryGetProperty(name, out var list) ? list.EnumerateArray() : [];
    }
}
