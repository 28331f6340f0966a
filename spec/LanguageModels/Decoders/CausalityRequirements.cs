using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>What the logits at a position may depend on: DEC-02, DEC-03, DEC-04, DEC-21.</summary>
public static class CausalityRequirements
{
    /// <summary>DEC-02.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Causal = new()
    {
        Id = "DEC-02",
        Statement = "The logits at a position do not depend on later tokens, at any place of the change.",
        Source = "Probe P-CAUSAL; BUG-ATT-04, BUG-ATT-11, BUG-ATT-13, BUG-NRM-07; TOL-DECODER",
        CanonicalCases = DecoderCase.Usual,
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var time = probe.Time(c);
            if (time < 2) return Verdict.Skip("the decoder reads one token only");
            var ids = probe.Text(10, c.Rows, time);
            var (other, before) = (probe.Different(ids, 11), probe.Logits(ids));
            var past = new LogitDifferences(probe);
            var present = double.PositiveInfinity;
            foreach (var cut in Cuts(time))
            {
                var after = probe.Logits(cat([ids.narrow(1, 0, cut), other.narrow(1, cut, time - cut)], 1));
                past.Add(after.narrow(1, 0, cut), before.narrow(1, 0, cut));
                present = Math.Min(present, after.narrow(1, cut, 1).LargestDifference(before.narrow(1, cut, 1)));
            }
            return Verdict.All(
                past.Judge("change of logits before the changed tokens ÷ largest logit"),
                LogitDifferences.Differs(present, "smallest change of logits at the first changed token"));
        },
        Impostors = new()
        {
            ["no mask"] = Bug(DecoderBug.NoMask),
            ["one token ahead"] = Bug(DecoderBug.OneAhead),
            ["mask after the softmax"] = Bug(DecoderBug.MaskAfterSoftmax),
            ["mixed with the next position"] = Logits(MixWithNext),
            ["mean of the text added"] = Logits(logits => logits + 0.1 * logits.mean([1], keepdim: true)),
            ["reversed in time"] = Logits(logits => logits.flip(1)),
        },
    };

    /// <summary>DEC-03.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> GradientOfTheFuture = new()
    {
        Id = "DEC-03",
        Statement = "The gradient of the logits at a position is exactly zero for tokens that occur only later.",
        Source = "Probe P-CAUSAL by autograd; BUG-ATT-04, BUG-ATT-13",
        CanonicalCases = DecoderCase.Usual,
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var time = probe.Time(c);
            if (time < 2) return Verdict.Skip("the decoder reads one token only");
            if (TokenGradients.Find(probe) is not { } gradients) return Verdict.Skip("no parameter has a row for each token");
            return Verdict.All(new[] { 0, time / 2, time - 2 }.Distinct().Where(i => i < time - 1).SelectMany(i =>
            {
                var ids = cat([probe.Text(20, c.Rows, i + 1, half: 0), probe.Text(21, c.Rows, time - i - 1, half: 1)], 1);
                var position = arange(time, device: at.Device).eq(i).to(float32).view(1, -1, 1);
                var (seen, later) = gradients.ByHalf(ids, probe.UpstreamOfFirstHalf(22, c.Rows, time) * position);
                return new[]
                {
                    Verdict.AtMost(0.0, later, $"largest gradient of later tokens at position {i}"),
                    LogitDifferences.Differs(seen, $"largest gradient of tokens up to position {i}"),
                };
            }));
        },
        Impostors = new()
        {
            ["no mask"] = Bug(DecoderBug.NoMask),
            ["one token ahead"] = Bug(DecoderBug.OneAhead),
            ["mask after the softmax"] = Bug(DecoderBug.MaskAfterSoftmax),
            ["mask of −10"] = Bug(DecoderBug.MaskOfMinusTen),
            ["the future fades with the distance"] = Bug(DecoderBug.SoftFuture),
            ["mixed with the next position"] = Logits(MixWithNext),
        },
    };

    /// <summary>DEC-04.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Prefix = new()
    {
        Id = "DEC-04",
        Statement = "The beginning of a text has the same logits alone as inside the longer text.",
        Source = "Probe P-PAD; BUG-NRM-07, BUG-ATT-13; TOL-DECODER",
        CanonicalCases = DecoderCase.Usual,
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var time = probe.Time(c);
            if (time < 2) return Verdict.Skip("the decoder reads one token only");
            var ids = probe.Text(30, c.Rows, time);
            var whole = probe.Logits(ids);
            var differences = new LogitDifferences(probe);
            foreach (var cut in Cuts(time)) differences.Add(probe.Logits(ids.narrow(1, 0, cut)), whole.narrow(1, 0, cut));
            return differences.Judge("difference of logits alone and inside ÷ largest logit");
        },
        Impostors = new()
        {
            ["positions counted from the end"] = Bug(DecoderBug.PositionsFromTheEnd),
            ["norm over time"] = Bug(DecoderBug.NormOverTime),
            ["logits grow with the length"] = Logits(logits => logits * (1 + 0.01 * logits.size(1))),
            ["no mask"] = Bug(DecoderBug.NoMask),
        },
    };

    /// <summary>DEC-21.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Reach = new()
    {
        Id = "DEC-21",
        Statement = "The last logits depend on the order of earlier tokens and on the first token in reach.",
        Source = "BUG-ATT-05, BUG-ATT-21",
        CanonicalCases = [new(2, 5), new(3, 9), new(1, DecoderCase.Longest)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var time = Math.Min(probe.Time(c), probe.Decoder.Window ?? int.MaxValue);
            if (time < 3) return Verdict.Skip("the decoder reads fewer than three tokens");
            var ids = probe.Text(40, c.Rows, time);
            var (first, second) = (ids.narrow(1, time - 3, 1), probe.Different(ids, 41).narrow(1, time - 3, 1));
            var (start, end) = (ids.narrow(1, 0, time - 3), ids.narrow(1, time - 1, 1));
            Tensor LastLogits(Tensor a, Tensor b) => probe.Logits(cat([start, a, b, end], 1)).narrow(1, time - 1, 1);
            var exchanged = LastLogits(first, second).LargestDifference(LastLogits(second, first));
            var order = LogitDifferences.Differs(exchanged, "change of the last logits by exchanging two tokens");
            if (TokenGradients.Find(probe) is not { } gradients) return order;
            var text = cat([probe.Text(42, c.Rows, 1, half: 1), probe.Text(43, c.Rows, time - 1, half: 0)], 1);
            var last = arange(time, device: at.Device).eq(time - 1).to(float32).view(1, -1, 1);
            var (_, far) = gradients.ByHalf(text, probe.UpstreamOfFirstHalf(44, c.Rows, time) * last);
            return Verdict.All(order, LogitDifferences.Differs(far, "gradient of the last logits at the first token"));
        },
        Impostors = new()
        {
            ["bag of words"] = Ids(SortAllButLast),
            ["window of two tokens"] = Wrap(decoder => decoder with { Logits = ids => LastTwo(decoder, ids) }),
            ["only the last token"] = Bug(DecoderBug.NoAttention),
        },
    };

    private static IEnumerable<int> Cuts(int time) =>
        time <= 17 ? Enumerable.Range(1, time - 1) : new[] { 1, 2, time / 2, time - 1 };

    private static Tensor SortAllButLast(Tensor ids) =>
        cat([ids.narrow(1, 0, ids.size(1) - 1).sort(1).Values, ids.narrow(1, ids.size(1) - 1, 1)], 1);

    // The logits of every token, read together with the one before it.
    private static Tensor LastTwo(Decoder decoder, Tensor ids)
    {
        var previous = ids.roll(1, 1);
        var pairs = stack([previous, ids], 2).flatten(0, 1);
        return decoder.Logits(pairs).narrow(1, 1, 1).view(ids.size(0), ids.size(1), -1);
    }
}
