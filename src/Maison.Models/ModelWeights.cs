// Finds every weight of a model by walking its public properties, so that a weight's file key is its property path:
// model.Blocks[3].Attn.Q is "blocks.3.attn.q". Loading, initialising, quantising and exporting are all maps over this list.

using System.Collections;
using System.Reflection;
using Maison.Tensors;

namespace Maison.Models;

/// <summary>One place in a model that holds a weight.</summary>
/// <param name="Key">Its property path, which is its key in checkpoint files.</param>
public sealed record WeightSlot(string Key, Func<Weight> Get, Action<Weight> Set)
{
    /// <summary>The weight there now.</summary>
    public Weight Weight => Get();
}

/// <summary>The shape of a weight whose values are not there yet; using it is an error.</summary>
public sealed class UnloadedWeight(int rows, int cols) : Weight(rows, cols)
{
    public override long Bytes => 0;
    protected override Exception Unusable() => new InvalidOperationException($"A {Rows}×{Cols} weight was used before it was loaded or initialised.");
}

/// <summary>The walk over a model's weights.</summary>
public static class ModelWeights
{
    /// <summary>All slots in the order of the properties; a weight shared by two paths appears once, under the first.</summary>
    public static IReadOnlyList<WeightSlot> Slots(object model)
    {
        var slots = new List<WeightSlot>();
        Walk(model, "", slots);
        return slots;
    }

    /// <summary>Replaces every weight by what <paramref name="map"/> returns; the shape must stay.</summary>
    public static void Map(object model, Func<string, Weight, Weight> map)
    {
        foreach (var slot in Slots(model))
        {
            var old = slot.Weight;
            var made = map(slot.Key, old);
            if (made.Rows != old.Rows || made.Cols != old.Cols)
                throw new ArgumentException($"{slot.Key} is {old.Rows}×{old.Cols} and cannot become {made.Rows}×{made.Cols}.");
            slot.Set(made);
        }
    }

    static void Walk(object node, string path, List<WeightSlot> slots)
    {
        foreach (var property in node.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0) continue;
            var key = path + char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
            switch (property.GetValue(node))
            {
                case Weight:
                    slots.Add(new WeightSlot(key, () => (Weight)property.GetValue(node)!, w => property.SetValue(node, w)));
                    break;
                case Weight[] list:
                    for (var i = 0; i < list.Length; i++)
                    {
                        var at = i;
                        slots.Add(new WeightSlot($"{key}.{i}", () => list[at], w => list[at] = w));
                    }
                    break;
                case ILayer layer:
                    Walk(layer, key + ".", slots);
                    break;
                case IEnumerable children when children is not string:
                    var index = 0;
                    foreach (var child in children)
                        if (child is ILayer) Walk(child, $"{key}.{index++}.", slots);
                    break;
            }
        }
    }
}

/// <summary>Marks a part of a model that holds weights or further parts.</summary>
public interface ILayer;
