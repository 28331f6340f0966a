using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>Rows of a batch are separate texts: DEC-05, DEC-06, DEC-07.</summary>
public static class RowRequirements
{
    /// <summary>DEC-05.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Separate = new()
    {
        Id = "DEC-05",
        Statement = "Replacing the other rows of a batch does not change the logits of a row.",
        Source = "BUG-ATT-17, BUG-NRM-07; TOL-DECODER",
        CanonicalCases = DecoderCase.Batches,
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var ids = probe.Text(50, c.Rows, probe.Time(c));
            var (other, before) = (probe.Different(ids, 51), probe.Logits(ids));
            var differences = new LogitDifferences(probe);
            for (var row = 0; row < c.Rows; row++)
            {
                var own = arange(c.Rows, device: at.Device).eq(row).unsqueeze(1);
                differences.Add(probe.Logits(where(own, ids, other)).narrow(0, row, 1), before.narrow(0, row, 1));
            }
            return differences.Judge("change of a row's logits ÷ largest logit");
        },
        Impostors = new()
        {
            ["norm over rows"] = Bug(DecoderBug.NormOverRows),
            ["keys of the first row"] = Bug(DecoderBug.KeysOfRowZero),
            ["mean of the rows added"] = Logits(AddMeanOfRows),
            ["rows mixed by a view"] = Logits(MixRows),
        },
    };

    /// <summary>DEC-06.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> AnyPlace = new()
    {
        Id = "DEC-06",
        Statement = "A row has the same logits alone, in every batch and at every place in it.",
        Source = "Probe P-PAD; BUG-GEN-01, BUG-ATT-17; TOL-DECODER",
        CanonicalCases = DecoderCase.Batches,
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var ids = probe.Text(60, c.Rows, probe.Time(c));
            var together = probe.Logits(ids);
            var (alone, elsewhere) = (new LogitDifferences(probe), new LogitDifferences(probe));
            for (var row = 0; row < c.Rows; row++)
                alone.Add(probe.Logits(ids.narrow(0, row, 1)), together.narrow(0, row, 1));
            elsewhere.Add(probe.Logits(ids.flip(0)).flip(0), together);
            elsewhere.Add(probe.Logits(cat([ids, ids], 0)), cat([together, together], 0));
            return Verdict.All(
                alone.Judge("difference of a row alone and in the batch ÷ largest logit"),
                elsewhere.Judge("difference of a row at two places ÷ largest logit"));
        },
        Impostors = new()
        {
            ["scaled by the row's number"] = Logits(logits =>
                logits * (1 + 0.01 * arange(logits.size(0), logits.dtype, logits.device).view(-1, 1, 1))),
            ["divided by the number of rows"] = Logits(logits => logits / logits.size(0)),
            ["keys of the first row"] = Bug(DecoderBug.KeysOfRowZero),
            ["norm over rows"] = Bug(DecoderBug.NormOverRows),
        },
    };

    /// <summary>DEC-07.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> GradientOfOtherRows = new()
    {
        Id = "DEC-07",
        Statement = "The gradient of a row's logits is exactly zero for tokens that occur only in other rows.",
        Source = "BUG-ATT-17, BUG-LOS-10, by autograd",
        CanonicalCases = DecoderCase.Batches,
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (TokenGradients.Find(probe) is not { } gradients) return Verdict.Skip("no parameter has a row for each token");
            var time = probe.Time(c);
            var (own, other) = (probe.Text(70, c.Rows, time, half: 0), probe.Text(71, c.Rows, time, half: 1));
            return Verdict.All(Enumerable.Range(0, c.Rows).SelectMany(row =>
            {
                var isRow = arange(c.Rows, device: at.Device).eq(row);
                var upstream = probe.UpstreamOfFirstHalf(72, c.Rows, time) * isRow.to(float32).view(-1, 1, 1);
                var (inRow, outside) = gradients.ByHalf(where(isRow.unsqueeze(1), own, other), upstream);
                return new[]
                {
                    Verdict.AtMost(0.0, outside, $"largest gradient of tokens of other rows in row {row}"),
                    LogitDifferences.Differs(inRow, $"largest gradient of tokens of row {row}"),
                };
            }));
        },
        Impostors = new()
        {
            ["norm over rows"] = Bug(DecoderBug.NormOverRows),
            ["keys of the first row"] = Bug(DecoderBug.KeysOfRowZero),
            ["mean of the rows added"] = Logits(AddMeanOfRows),
            ["rows mixed by a view"] = Logits(MixRows),
        },
    };

    private static Tensor AddMeanOfRows(Tensor logits) => logits + 0.01 * logits.mean([0], keepdim: true);

    private static Tensor MixRows(Tensor logits) =>
        logits.reshape(logits.size(1), logits.size(0), logits.size(2)).transpose(0, 1);
}
