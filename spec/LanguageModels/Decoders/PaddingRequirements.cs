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
        Source = "Probe P-PAD; BUG-GEN-01, BUG-ATT-11; TOL-DECODER",
        CanonicalCases = [new(2, 3), new(3, 7), new(2, 16)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Decoder.PaddedLogits is not { } read) return Verdict.Skip("the decoder reads no padding");
            var time = Math.Min(probe.Time(c), probe.Decoder.MaxLength - 1);
            if (time < 1) return Verdict.Skip("the decoder reads one token only");
            var ids = probe.Text(80, c.Rows, time);
            var plain = probe.Logits(ids);
            var (differences, byContent) = (new LogitDifferences(probe), new LogitDifferences(probe));
            foreach (var length in new[] { 1, 3, time }.Where(length => time + length <= probe.Decoder.MaxLength))
                foreach (var first in new[] { 0, length })
                {
                    var (text, real) = Pad(probe.Text(81 + first, c.Rows, time + length), ids, first);
                    Tensor Read(Tensor ids) => probe.Read(padded => read(padded, real), ids)
                        .masked_select(real.unsqueeze(2).cpu()).view(plain.shape);
                    var logits = Read(text);
                    differences.Add(logits, plain);
                    byContent.Add(Read(where(real, text, probe.Different(text, 82))), logits);
                }
            return Verdict.All(
                differences.Judge("change of logits by padding ÷ largest logit"),
                byContent.Judge("change of logits by other ids of the padding ÷ largest logit"))
                with { Pattern = [.. differences.Positions, .. byContent.Positions] };
        },
        Impostors = new()
        {
            ["padding is attended to"] = Bug(DecoderBug.PaddingAttended),
            ["left padding shifts positions"] = Bug(DecoderBug.PaddingShiftsPositions),
            ["mask inverted"] = Bug(DecoderBug.PaddingMaskInverted),
            ["mask of queries only"] = Bug(DecoderBug.PaddingMaskOfQueries),
            ["mask of the first row for all"] = Wrap(decoder => decoder with
            {
                PaddedLogits = (ids, mask) => decoder.PaddedLogits!(ids, mask.narrow(0, 0, 1).expand(mask.shape)),
            }),
        },
    };

    /// <summary>DEC-09.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Packing = new()
    {
        Id = "DEC-09",
        Statement = "Texts packed into one row have no influence on each other.",
        Source = "Krell et al. 2021, arXiv:2107.02027; BUG-LOS-04; TOL-DECODER",
        CanonicalCases = [new(2, 4), new(3, 7), new(2, 16)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Decoder.PackedLogits is not { } read) return Verdict.Skip("the decoder reads no packed rows");
            var time = probe.Time(c);
            if (time < 2) return Verdict.Skip("the decoder reads one token only");
            long[] edges = [.. Enumerable.Range(0, c.Rows).Select(row => (row + time / 2) % (time - 1) + 1)];
            var ids = probe.Text(90, c.Rows, time);
            var (other, edge) = (probe.Different(ids, 91), tensor(edges, int64, device: at.Device).unsqueeze(1));
            var isSecond = arange(time, device: at.Device).ge(edge);
            Tensor Read(Tensor text) => probe.Read(row => read(row, isSecond.to(int64)), text);
            var packed = Read(ids);
            var neighbors = new LogitDifferences(probe);
            void AddSegment(Tensor logits, Tensor before, Tensor isSegment)
            {
                Tensor Select(Tensor all) => all.masked_select(isSegment.unsqueeze(2).cpu()).view(-1, probe.Decoder.Vocabulary);
                neighbors.Add(Select(logits), Select(before));
            }

            AddSegment(Read(where(isSecond, ids, other)), packed, isSecond);
            AddSegment(Read(where(isSecond, other, ids)), packed, isSecond.logical_not());
            // The second text in two: a mask that knows the first border only lets both see each other.
            var isThird = arange(time, device: at.Device).ge(edge + (time - edge + 1).div(2, RoundingMode.floor));
            Tensor ReadThree(Tensor text) => probe.Read(row => read(row, isSecond.to(int64) + isThird.to(int64)), text);
            AddSegment(ReadThree(where(isThird, ids, other)), ReadThree(ids), isThird);
            var verdict = neighbors.Judge("change of logits by the neighbor ÷ largest logit");
            if (!probe.Decoder.PositionsRestart) return verdict;
            var alone = new LogitDifferences(probe);
            for (var row = 0; row < c.Rows; row++)
                foreach (var (start, length) in new[] { (0L, edges[row]), (edges[row], time - edges[row]) })
                {
                    Tensor Part(Tensor all) => all.narrow(0, row, 1).narrow(1, start, length);
                    alone.Add(Part(packed), probe.Logits(Part(ids)));
                }
            return Verdict.All(verdict, alone.Judge("difference of logits packed and alone ÷ largest logit"));
        },
        Impostors = new()
        {
            ["no mask of segments"] = Bug(DecoderBug.SegmentsIgnored),
            ["the edge of a segment is late"] = Bug(DecoderBug.SegmentEdgeLate),
            ["the last token of the neighbor is visible"] = Bug(DecoderBug.LastTokenOfNeighborVisible),
            ["positions run on"] = Bug(DecoderBug.PositionsRunOn),
            ["only the first border counts"] = Wrap(decoder => decoder with
            {
                PackedLogits = (ids, segments) => decoder.PackedLogits!(ids, segments.clamp_max(1)),
            }),
            ["segments of the first row for all"] = Wrap(decoder => decoder with
            {
                PackedLogits = (ids, segments) => decoder.PackedLogits!(ids, segments.narrow(0, 0, 1).expand(segments.shape)),
            }),
        },
    };

    // Places each row of a text in padding: (first + r) mod (length + 1) tokens of it are before row r, the others after it.
    private static (Tensor Text, Tensor IsReal) Pad(Tensor padding, Tensor ids, long first)
    {
        var (rows, time, total) = (ids.size(0), ids.size(1), padding.size(1));
        var left = (arange(rows, int64, ids.device) + first).remainder(total - time + 1).unsqueeze(1);
        var index = arange(total, int64, ids.device) - left;
        var isReal = index.ge(0).logical_and(index.lt(time));
        return (where(isReal, ids.gather(1, index.clamp(0, time - 1)), padding), isReal);
    }
}
