using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>Padding and packed rows: DEC-08, DEC-09.</summary>
public static class PaddingRequirements
{
    /// <summary>DEC-08.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Padding = new()
    {
        Id = "DEC-08",
        Statement = "Padding on either side has no influence, regardless of its ids.",
        Source = "Probe P-PAD; BUG-GEN-01, BUG-ATT-11, BUG-ATT-14; TOL-DECODER",
        CanonicalCases = [new(2, 3), new(3, 7), new(2, 16)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Decoder.PaddedLogits is not { } read) return Verdict.Skip("the decoder reads no padding");
            var time = probe.Time(c);
            var ids = probe.Text(80, c.Rows, time);
            var plain = probe.Logits(ids);
            var differences = new LogitDifferences(probe);
            foreach (var length in new[] { 1, 3, time }.Where(length => time + length <= probe.Decoder.MaxLength))
                foreach (var salt in new[] { 81, 82 })
                {
                    var padding = probe.Text(salt, c.Rows, length);
                    var (real, unreal) = (ones_like(ids).to(@bool), zeros_like(padding).to(@bool));
                    var left = probe.Read(text => read(text, cat([unreal, real], 1)), cat([padding, ids], 1));
                    differences.Add(left.narrow(1, length, time), plain);
                    var right = probe.Read(text => read(text, cat([real, unreal], 1)), cat([ids, padding], 1));
                    differences.Add(right.narrow(1, 0, time), plain);
                }
            return differences.Judge("change of logits by padding ÷ largest logit");
        },
        Impostors = new()
        {
            ["padding is attended to"] = Bug(DecoderBug.PaddingAttended),
            ["left padding shifts positions"] = Bug(DecoderBug.PaddingShiftsPositions),
            ["mask inverted"] = Bug(DecoderBug.PaddingMaskInverted),
            ["mask of queries only"] = Bug(DecoderBug.PaddingMaskOfQueries),
        },
    };

    /// <summary>DEC-09.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Packing = new()
    {
        Id = "DEC-09",
        Statement = "Texts packed into one row have no influence on each other.",
        Source = "Krell et al. 2021, arXiv:2107.02027; BUG-LOS-04; TOL-DECODER",
        CanonicalCases = [new(2, 4), new(3, 7), new(1, 16)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Decoder.PackedLogits is not { } read) return Verdict.Skip("the decoder reads no packed rows");
            var time = probe.Time(c);
            if (time < 2) return Verdict.Skip("the decoder reads one token only");
            var edge = (time + 1) / 2;
            var (first, second) = (probe.Text(90, c.Rows, edge), probe.Text(91, c.Rows, time - edge));
            var segments = arange(time, device: at.Device).ge(edge).to(int64).unsqueeze(0).expand(c.Rows, time).contiguous();
            Tensor Read(Tensor a, Tensor b) => probe.Read(ids => read(ids, segments), cat([a, b], 1));
            var packed = Read(first, second);
            var neighbors = new LogitDifferences(probe);
            Tensor After(Tensor logits) => logits.narrow(1, edge, time - edge);
            Tensor Before(Tensor logits) => logits.narrow(1, 0, edge);
            neighbors.Add(After(Read(probe.Different(first, 92), second)), After(packed));
            neighbors.Add(Before(Read(first, probe.Different(second, 93))), Before(packed));
            var verdict = neighbors.Judge("change of logits by the neighbor ÷ largest logit");
            if (!probe.Decoder.PositionsRestart) return verdict;
            var alone = new LogitDifferences(probe);
            alone.Add(Before(packed), probe.Logits(first));
            alone.Add(After(packed), probe.Logits(second));
            return Verdict.All(verdict, alone.Judge("difference of logits packed and alone ÷ largest logit"));
        },
        Impostors = new()
        {
            ["no mask of segments"] = Bug(DecoderBug.SegmentsIgnored),
            ["the edge of a segment is late"] = Bug(DecoderBug.SegmentEdgeLate),
            ["the last token of the neighbor is visible"] = Bug(DecoderBug.LastTokenOfNeighborVisible),
            ["positions run on"] = Bug(DecoderBug.PositionsRunOn),
        },
    };
}
