using System.Buffers.Binary;
using System.Text;

namespace Maison.Tests.Data.Pictures.Rendering;

/// <summary>A model of one tetrahedron in two colours.</summary>
static class TinyModel
{
    const string Scene = """
        {"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"children":[1],"translation":[0,1,0]},{"mesh":0,"scale":[2,2,2]}],
        "meshes":[{"primitives":[{"attributes":{"POSITION":0},"indices":1,"material":0},{"attributes":{"POSITION":0},"indices":2,"material":1}]}],
        "materials":[{"pbrMetallicRoughness":{"baseColorFactor":[1,0,0,1]}},{"pbrMetallicRoughness":{"baseColorFactor":[0,0.5,0,1]}}],
        "buffers":[{"byteLength":72}],"bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":48},{"buffer":0,"byteOffset":48,"byteLength":24}],
        "accessors":[{"bufferView":0,"componentType":5126,"count":4,"type":"VEC3"},{"bufferView":1,"componentType":5123,"count":9,"type":"SCALAR"},{"bufferView":1,"byteOffset":18,"componentType":5123,"count":3,"type":"SCALAR"}]}
        """;

    /// <summary>The file, with a part of its description exchanged.</summary>
    public static byte[] Glb(string replaced = "", string by = "")
    {
        var json = Encoding.UTF8.GetBytes(replaced.Length > 0 ? Scene.Replace(replaced, by, StringComparison.Ordinal) : Scene);
        float[] places = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
        ushort[] corners = [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3];
        var binary = new byte[72];
        for (var i = 0; i < places.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(binary.AsSpan(4 * i), places[i]);
        for (var i = 0; i < corners.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(binary.AsSpan(48 + 2 * i), corners[i]);
        var file = new List<byte>();
        Number(0x46546C67);
        Number(2);
        Number((uint)(28 + json.Length + binary.Length));
        Number((uint)json.Length);
        Number(0x4E4F534A);
        file.AddRange(json);
        Number((uint)binary.Length);
        Number(0x004E4942);
        file.AddRange(binary);
        return [.. file];

        void Number(uint value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            file.AddRange(bytes);
        }
    }
}
