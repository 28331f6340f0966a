using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Specification.LanguageModels.Reference;

public sealed partial class ReferenceGpt
{
    private const double Epsilon = 1e-5;

    // The type of norms, scores and the softmax.
    private ScalarType StatisticsType => Head.dtype == float64 ? float64 : float32;

    // Autocast does not touch float64.
    private bool IsAutocast(DecoderBug bug) => _bug == bug && StatisticsType != float64;

    private Tensor Run(Tensor ids, Reading reading)
    {
        var x = LookUp("embedding", ids);
        if (_bug != DecoderBug.DropoutEndsWithEvaluation || !_wasEvaluated) x = ApplyDropout(x);
        if (_bug == DecoderBug.EmbeddingDetached) x = x.detach();
        if (_options.Position == PositionKind.Learned) x = x + LookUp("positions", reading.Positions);
        if (_bug == DecoderBug.HalfOfStreamDetached)
            x = cat([x.narrow(2, 0, _options.Width / 2).detach(), x.narrow(2, _options.Width / 2, _options.Width / 2)], 2);
        var layers = _options.Layers - (_bug == DecoderBug.LastBlockSkipped ? 1 : 0);
        for (var layer = 0; layer < layers; layer++) x = RunBlock(x, layer, reading);
        var logits = functional.linear(Normalize(x, "norm"), ProjectionOfLogits());
        return IsAutocast(DecoderBug.LogitsInBFloat16) ? logits.to(bfloat16).to(logits.dtype) : logits;
    }

    private Tensor RunBlock(Tensor x, int layer, Reading reading)
    {
        var prefix = $"layers.{layer}.";
        var attended = Attend(Normalize(x, prefix + "attention_norm"), layer, reading);
        if (_bug == DecoderBug.BlockDetached && layer == 0) attended = attended.detach();
        if (_bug != DecoderBug.NoAttention) x = x + ApplyDropout(attended);
        return x + ApplyDropout(FeedForward(Normalize(x, prefix + "ffn_norm"), prefix));
    }

    private Tensor ProjectionOfLogits() =>
        _staleHead is { } stale ? stale + (Head - Head.detach()) : Head;            // the values of then, the gradient of now

    private Tensor LookUp(string table, Tensor ids) =>
        _weights[table].index_select(0, ids.flatten()).view(ids.size(0), ids.size(1), _options.Width);

    private Tensor ApplyDropout(Tensor x) =>
        (_training && _bug != DecoderBug.DropoutNever) || _bug == DecoderBug.DropoutAlways
            ? functional.dropout(x, _options.Dropout, training: true)
            : x;

    private Tensor Normalize(Tensor input, string name)
    {
        var x = input.to(IsAutocast(DecoderBug.NormInBFloat16) ? bfloat16 : StatisticsType);
        if (_options.Norm == NormKind.Layer) x = x - x.mean([-1], keepdim: true);
        long[] axes = _bug switch
        {
            DecoderBug.NormOverTime => [1, 2],
            DecoderBug.NormOverRows => [0, 2],
            _ => [2],
        };
        x = (x * (x.square().mean(axes, keepdim: true) + Epsilon).rsqrt()).to(input.dtype);
        if (_bug != DecoderBug.NormWeightUnused || name != "norm") x = x * _weights[name + ".weight"];
        return _options.Norm == NormKind.Layer ? x + _weights[name + ".bias"] : x;
    }

    private Tensor Attend(Tensor x, int layer, Reading reading)
    {
        var (b, t, heads, size) = (x.size(0), x.size(1), _options.Heads, _options.Width / _options.Heads);
        Tensor Split(string name) =>
            functional.linear(x, _weights[$"layers.{layer}.{name}"]).view(b, t, -1, size).transpose(1, 2);

        var (q, k, v) = (Rotate(Split("query"), reading.Positions), Rotate(Split("key"), reading.Positions), Split("value"));
        if (_bug == DecoderBug.ScoresDetached) (q, k) = (q.detach(), k.detach());
        if (_bug == DecoderBug.KeysOfRowZero) k = k.narrow(0, 0, 1).expand(k.shape);
        if (reading.Cache is { } cache)
            (k, v) = cache.Append(layer, k, v, _bug, past => Rotate(past, reading.KeyPositions.narrow(1, 0, past.size(2))));
        (k, v) = (k.repeat_interleave(heads / _options.KeyValueHeads, 1), v.repeat_interleave(heads / _options.KeyValueHeads, 1));
        var scores = bmm(q.flatten(0, 1), k.flatten(0, 1).transpose(1, 2)).view(b, heads, t, -1).to(StatisticsType);
        var scale = Math.Sqrt(size) * (_bug == DecoderBug.ScoresScaledByLength ? Math.Sqrt(t) : 1);
        var weights = ComputeAttentionWeights(scores / scale, reading).to(x.dtype);
        var joined = bmm(weights.flatten(0, 1), v.flatten(0, 1)).view(b, heads, t, size).transpose(1, 2).flatten(2, 3);
        return functional.linear(joined, _weights[$"layers.{layer}.output"]);
    }

    private Tensor ComputeAttentionWeights(Tensor scores, Reading reading)
    {
        var distance = (reading.Positions.unsqueeze(-1) - reading.KeyPositions.unsqueeze(-2)).unsqueeze(1).to(scores.dtype);
        if (_options.Position == PositionKind.Alibi)
        {
            var head = arange(1, _options.Heads + 1, scores.dtype, scores.device).view(1, -1, 1, 1);
            scores = scores - distance * pow(2, head * (-8.0 / _options.Heads));
        }
        if (_bug == DecoderBug.MaskOfMinusTen) scores = scores - 10 * distance.lt(0).to(scores.dtype);
        if (_bug == DecoderBug.SoftFuture) scores = scores + 2 * distance.clamp_max(0);
        if (IsAutocast(DecoderBug.SoftmaxInBFloat16)) scores = scores.to(bfloat16);
        var weights = functional.softmax(scores.masked_fill(reading.Allowed.logical_not(), double.NegativeInfinity), -1);
        return _bug == DecoderBug.MaskAfterSoftmax ? weights * distance.ge(0).to(weights.dtype) : weights;
    }

    // Pairs of features i and i + d/2 turn by position · 10000^(−2i/d).
    private Tensor Rotate(Tensor x, Tensor positions)
    {
        if (_options.Position != PositionKind.Rope) return x;
        var half = x.size(3) / 2;
        var speeds = pow(10000, arange(half, StatisticsType, x.device) * (-1.0 / half));
        var angles = positions.unsqueeze(1).unsqueeze(-1).to(StatisticsType) * speeds;          // [1 or b, 1, t, d/2]
        var (sine, cosine) = (angles.sin().to(x.dtype), angles.cos().to(x.dtype));
        var (first, second) = (x.narrow(3, 0, half), x.narrow(3, half, half));
        return cat([first * cosine - second * sine, second * cosine + first * sine], 3);
    }

    private Tensor FeedForward(Tensor x, string prefix) =>
        _options.Experts > 0 ? MixExperts(x.flatten(0, 1), prefix).view(x.shape) : SwiGlu(x, prefix, 0);

    private Tensor SwiGlu(Tensor x, string prefix, int expert)
    {
        Tensor Project(Tensor input, string name) => functional.linear(input, _weights[$"{prefix}{name}.{expert}"]);
        return Project(functional.silu(Project(x, "gate")) * Project(x, "up"), "down");
    }

    // Every token is read by the two experts that its router prefers.
    private Tensor MixExperts(Tensor x, string prefix)
    {
        var chances = functional.softmax(functional.linear(x, _weights[prefix + "router"]).to(StatisticsType), -1);
        var (best, experts) = chances.topk(_bug == DecoderBug.RouterNormalized ? 1 : 2, -1);
        var shares = best / best.sum(-1, keepdim: true);
        var y = zeros_like(x);
        for (var expert = 0; expert < _options.Experts; expert++)
        {
            var chosen = experts.eq(expert);
            var rows = chosen.any(-1).nonzero().flatten();
            if (rows.size(0) == 0) continue;
            var share = (shares * chosen.to(shares.dtype)).sum(-1, keepdim: true).index_select(0, rows).to(x.dtype);
            y = y.index_add(0, rows, SwiGlu(x.index_select(0, rows), prefix, expert) * share, 1);
        }
        return y;
    }
}
