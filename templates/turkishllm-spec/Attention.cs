using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MySpec;

/// <summary>Grouped-query attention with rotary positions.</summary>
internal static class Attention
{
    /// <summary>Attends to earlier positions and the own one.</summary>
    /// <param name="q">Queries [b, hq, t, d].</param>
    /// <param name="k">Keys [b, hkv, t, d]; hkv divides hq, and query heads of a group share a key/value head.</param>
    /// <param name="v">Values [b, hkv, t, d].</param>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v)
    {
        var group = q.size(1) / k.size(1);
        (k, v) = PlantedBug.Is("tiled")
            ? (k.repeat(1, group, 1, 1), v.repeat(1, group, 1, 1))
            : (k.repeat_interleave(group, 1), v.repeat_interleave(group, 1));
        return functional.scaled_dot_product_attention(q, k, v, is_casual: !PlantedBug.Is("leak"));
    }

    /// <summary>Rotates pairs of features by angles that grow with the position.</summary>
    /// <param name="x">Queries or keys [b, h, t, d].</param>
    public static Tensor Rotate(Tensor x)
    {
        var (time, half) = (x.size(2), x.size(3) / 2);
        var rates = pow(10_000, arange(half, float32, x.device) / -half);
        var angles = arange(time, float32, x.device).unsqueeze(1) * rates;        // [t, d/2]
        var (cos, sin) = (angles.cos().to(x.dtype), angles.sin().to(x.dtype));
        var (first, second) = (x.narrow(3, 0, half), x.narrow(3, half, half));
        return cat([first * cos - second * sin, first * sin + second * cos], -1);
    }
}
