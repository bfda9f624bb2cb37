// Follows light backwards from the camera: at every bounce one way to a lamp or the surroundings is tried and one direction of the surface's
// own choosing is followed; the two are weighed against each other (Veach 1995, power heuristic). Mirrors are GGX with visible normals
// (Heitz 2018). Glass is exact where it is looked at or through; light that already left a matte surface passes it straight and tinted, as
// shadow rays do, so that bent light makes no fireflies and the two ways agree. Bounced light is capped for the same reason.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>What a pixel shows besides its light; the denoiser goes by it.</summary>
struct Features
{
    public Vector3 Albedo, Normal;
    public float Depth;
    public int Thing;
}

/// <summary>Finds the light that reaches a place.</summary>
static class PathTracer
{
    const int MostBounces = 6, MostSteps = 14, SureBounces = 1;
    const float GlassIndex = 1.5f, CoatMirror = 0.04f, Apart = 1e-3f, Cap = 6f;

    /// <summary>Light along a ray, from its end to its origin.</summary>
    public static Vector3 Light(World world, Vector3 origin, Vector3 direction, ref Samples random, out Features features)
    {
        Vector3 light = Vector3.Zero, left = Vector3.One;
        var density = float.PositiveInfinity;                             // of the last bounce; infinite where it had no choice
        var (bounces, seen) = (0, false);
        features = new() { Albedo = Vector3.One, Normal = -direction, Depth = 1e3f, Thing = -1 };
        var lampShare = world.Lamps.Length > 0 ? 0.5f : 0f;
        var spread = false;                                               // light has left a matte or rough surface
        for (var step = 0; step < MostSteps; step++)
        {
            if (!world.Find(origin, direction, out var hit))
            {
                var radiance = world.Surroundings.From(direction, out var here);
                light += Capped(left * radiance * (float.IsInfinity(density) ? 1 : Weight(density, (1 - lampShare) * here)), spread);
                return light;
            }
            var material = hit.Material;
            if (material.Finish == Finish.Light)
            {
                if (!seen) features = new() { Albedo = Vector3.One, Normal = hit.Normal, Depth = hit.Distance, Thing = hit.Thing };
                var facing = -Vector3.Dot(direction, hit.Flat);
                if (facing > 0)
                {
                    var here = lampShare / world.Lamps.Length * hit.Distance * hit.Distance / (facing * hit.Rectangle!.Area);
                    light += Capped(left * Patterns.Window(material, hit.Height) * (float.IsInfinity(density) ? 1 : Weight(density, here)), spread);
                }
                return light;
            }
            if (material.Finish == Finish.Glass)
            {
                if (!seen) features = new() { Albedo = Vector3.One, Normal = hit.Normal, Depth = hit.Distance, Thing = hit.Thing };
                seen = true;
                var milky = material.Milk > 0 && !spread && Vector3.Dot(direction, hit.Flat) < 0 && random.One() < material.Milk;
                if (!milky)
                {
                    if (spread)
                    {
                        left *= Straight(hit, direction);
                        origin = hit.Position;
                        continue;
                    }
                    direction = Bent(hit, direction, ref left, ref random);
                    origin = hit.Position;
                    continue;
                }
            }

            var outside = Vector3.Dot(direction, hit.Flat) < 0;
            Vector3 flat = outside ? hit.Flat : -hit.Flat, normal = outside ? hit.Normal : -hit.Normal;
            var colour = Patterns.At(material, hit.Position, ref normal, relief: !spread);
            // A smooth or bent normal may look away from the eye, which the true one never does.
            if (Vector3.Dot(normal, -direction) < 0.02f) normal = Vector3.Normalize(normal - direction * (0.04f + MathF.Max(0, Vector3.Dot(normal, direction))));
            var surface = new Surface(material.Finish == Finish.Glass ? Finish.Matte : material.Finish, colour, material.Roughness, normal, -direction);
            if (!seen) features = new() { Albedo = surface.Albedo, Normal = normal, Depth = hit.Distance, Thing = hit.Thing };
            seen = true;
            var from = hit.Position + Apart * flat;

            // One way to a light.
            var pick = random.One();
            if (pick < lampShare)
            {
                var lamp = world.Lamps[Math.Min((int)(pick / lampShare * world.Lamps.Length), world.Lamps.Length - 1)];
                var place = random.Pair();
                var to = lamp.Corner + place.X * lamp.Along + place.Y * lamp.Up - from;
                var distance = to.Length();
                to /= distance;
                var facing = -Vector3.Dot(to, lamp.Normal);
                if (facing > 0 && Vector3.Dot(to, flat) > 0)
                {
                    var here = lampShare / world.Lamps.Length * distance * distance / (facing * lamp.Area);
                    Add(ref light, to, distance, here, Patterns.Window(lamp.Material, place.Y));
                }
            }
            else
            {
                var to = world.Surroundings.Draw(random.Pair());
                if (Vector3.Dot(to, flat) > 0)
                {
                    var radiance = world.Surroundings.From(to, out var here);
                    here *= 1 - lampShare;
                    if (here > 0) Add(ref light, to, float.PositiveInfinity, here, radiance);
                }
            }

            // And one of the surface's choice.
            if (++bounces >= MostBounces || !surface.Choose(random.One(), random.Pair(), out direction, out density, out var share) || Vector3.Dot(direction, flat) <= 0) return light;
            left *= share;
            spread |= surface.Spreads;
            origin = from;
            if (bounces > SureBounces)
            {
                var survive = MathF.Min(0.95f, MathF.Max(left.X, MathF.Max(left.Y, left.Z)));
                if (random.One() >= survive) return light;
                left /= survive;
            }

            void Add(ref Vector3 sum, Vector3 to, float distance, float here, Vector3 radiance)
            {
                var share = surface.Share(to, out var own);
                if (share == Vector3.Zero) return;
                var through = world.Through(from, to, distance);
                if (through != Vector3.Zero) sum += Capped(left * share * through * radiance * (Weight(here, own) / here), spread);
            }
        }
        return light;
    }

    /// <summary>What a straight way through a surface of glass leaves of light.</summary>
    public static Vector3 Straight(in Hit hit, Vector3 direction)
    {
        var cosine = MathF.Min(1, MathF.Abs(Vector3.Dot(direction, hit.Normal)));
        return Tint(hit.Material) * ((1 - hit.Material.Milk) * (1 - Mirrored(cosine, 1 / GlassIndex, out _)));
    }

    /// <summary>Glass is tinted at its surfaces: twice the root of the colour for a way in and out.</summary>
    static Vector3 Tint(Material material) => Vector3.SquareRoot(material.Colour);

    static Vector3 Bent(in Hit hit, Vector3 direction, ref Vector3 left, ref Samples random)
    {
        var inwards = Vector3.Dot(direction, hit.Flat) < 0;
        var normal = inwards ? hit.Normal : -hit.Normal;
        var ratio = inwards ? 1 / GlassIndex : GlassIndex;
        var cosine = Math.Clamp(-Vector3.Dot(direction, normal), 0.001f, 1);
        if (random.One() < Mirrored(cosine, ratio, out var refracted)) return Vector3.Normalize(direction + 2 * cosine * normal);
        left *= Tint(hit.Material);
        return Vector3.Normalize(ratio * direction + (ratio * cosine - refracted) * normal);
    }

    /// <summary>Fresnel's share of mirrored light: all of it where no way leads out.</summary>
    /// <param name="ratio">Index on this side over that on the other.</param>
    /// <param name="refracted">Cosine on the other side.</param>
    static float Mirrored(float cosine, float ratio, out float refracted)
    {
        var squared = 1 - ratio * ratio * (1 - cosine * cosine);
        refracted = squared > 0 ? MathF.Sqrt(squared) : 0;
        if (squared <= 0) return 1;
        float across = (ratio * cosine - refracted) / (ratio * cosine + refracted), along = (cosine - ratio * refracted) / (cosine + ratio * refracted);
        return (across * across + along * along) / 2;
    }

    static float Weight(float density, float other) => density * density / (density * density + other * other);

    static Vector3 Capped(Vector3 light, bool spread)
    {
        if (!spread) return light;
        var most = MathF.Max(light.X, MathF.Max(light.Y, light.Z));
        return most > Cap ? light * (Cap / most) : light;
    }

    /// <summary>A place of a surface that is not glass, seen from a direction.</summary>
    readonly struct Surface
    {
        readonly Vector3 diffuse, mirror, normal, across, along, eye;     // the eye's direction in the frame of the normal
        readonly float alpha, mirrorShare, facing;

        public Surface(Finish finish, Vector3 colour, float roughness, Vector3 normal, Vector3 eye)
        {
            this.normal = normal;
            (across, along) = Frame(normal);
            this.eye = new(Vector3.Dot(eye, across), Vector3.Dot(eye, along), MathF.Max(0.01f, Vector3.Dot(eye, normal)));
            facing = this.eye.Z;
            alpha = MathF.Max(0.02f, roughness * roughness);
            (diffuse, mirror) = finish switch
            {
                Finish.Matte => (colour, Vector3.Zero),
                Finish.Glossy => (colour, new(CoatMirror)),
                _ => (Vector3.Zero, colour),
            };
            var now = EnvironmentMap.Luminance(Schlick(mirror, facing));
            mirrorShare = finish switch { Finish.Matte => 0, Finish.Metal => 1, _ => Math.Clamp(now / (now + EnvironmentMap.Luminance(diffuse) * (1 - now) + 1e-6f), 0.15f, 0.85f) };
            Albedo = diffuse + mirror;
        }

        /// <summary>Colour for the denoiser.</summary>
        public Vector3 Albedo { get; }

        /// <summary>Whether light leaves it in many directions.</summary>
        public bool Spreads => mirrorShare < 1 || alpha > 0.05f;

        /// <summary>The share of light from a direction that goes to the eye, times the cosine; and the density with which <see cref="Choose"/> gives that direction.</summary>
        public Vector3 Share(Vector3 to, out float density) => Local(new(Vector3.Dot(to, across), Vector3.Dot(to, along), Vector3.Dot(to, normal)), out density);

        /// <summary>A direction for the next ray, and the share of light over the density.</summary>
        public bool Choose(float which, Vector2 random, out Vector3 to, out float density, out Vector3 share)
        {
            Vector3 local;
            if (which < mirrorShare)
            {
                var half = Visible(random);
                local = 2 * Vector3.Dot(eye, half) * half - eye;
            }
            else
            {
                var radius = MathF.Sqrt(random.X);
                var (sine, cosine) = MathF.SinCos(MathF.Tau * random.Y);
                local = new(radius * cosine, radius * sine, MathF.Sqrt(MathF.Max(0, 1 - random.X)));
            }
            to = local.X * across + local.Y * along + local.Z * normal;
            share = Local(local, out density);
            if (density <= 0) return false;
            share /= density;
            return true;
        }

        Vector3 Local(Vector3 to, out float density)
        {
            density = 0;
            if (to.Z <= 0) return Vector3.Zero;
            var share = Vector3.Zero;
            if (mirrorShare < 1)
            {
                density = (1 - mirrorShare) * to.Z / MathF.PI;
                share = diffuse * (to.Z / MathF.PI);
                if (mirrorShare > 0) share *= (1 - Schlick(CoatMirror, facing)) * (1 - Schlick(CoatMirror, to.Z));
            }
            if (mirrorShare > 0)
            {
                var half = Vector3.Normalize(eye + to);
                var squared = alpha * alpha;
                var bell = half.Z * half.Z * (squared - 1) + 1;
                var spread = squared / (MathF.PI * bell * bell);
                float hiddenEye = Hidden(facing, squared), hiddenTo = Hidden(to.Z, squared);
                // GGX over 4 cos cos, times the cosine; the density of a visible normal turned into that of a mirrored direction.
                share += Schlick(mirror, MathF.Max(0, Vector3.Dot(eye, half))) * (spread / (1 + hiddenEye + hiddenTo) / (4 * facing));
                density += mirrorShare * spread / ((1 + hiddenEye) * 4 * facing);
            }
            return share;
        }

        Vector3 Visible(Vector2 random)
        {
            var stretched = Vector3.Normalize(new(alpha * eye.X, alpha * eye.Y, eye.Z));
            var (sine, cosine) = MathF.SinCos(MathF.Tau * random.X);
            var z = (1 - random.Y) * (1 + stretched.Z) - stretched.Z;
            var radius = MathF.Sqrt(Math.Clamp(1 - z * z, 0, 1));
            var half = new Vector3(radius * cosine, radius * sine, z) + stretched;
            return Vector3.Normalize(new(alpha * half.X, alpha * half.Y, MathF.Max(1e-6f, half.Z)));
        }

        static float Hidden(float cosine, float squared) => (MathF.Sqrt(1 + squared * (1 - cosine * cosine) / (cosine * cosine)) - 1) / 2;

        static Vector3 Schlick(Vector3 straight, float cosine) => straight + (Vector3.One - straight) * Fifth(1 - cosine);

        static float Schlick(float straight, float cosine) => straight + (1 - straight) * Fifth(1 - cosine);

        static float Fifth(float x)
        {
            x = Math.Clamp(x, 0, 1);
            return x * x * x * x * x;
        }

        /// <summary>Two directions across a normal (Duff and others 2017).</summary>
        static (Vector3, Vector3) Frame(Vector3 n)
        {
            var sign = MathF.CopySign(1, n.Z);
            float a = -1 / (sign + n.Z), b = n.X * n.Y * a;
            return (new(1 + sign * n.X * n.X * a, sign * b, -sign * n.X), new(b, sign + n.Y * n.Y * a, -n.Y));
        }
    }
}
