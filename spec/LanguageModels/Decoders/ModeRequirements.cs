using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>Training mode, evaluation mode and repeated calls: DEC-13, DEC-14.</summary>
public static class ModeRequirements
{
    private static readonly ReferenceGptOptions Dropping = new() { Dropout = 0.2 };

    /// <summary>DEC-13.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Repeatable = new()
    {
        Id = "DEC-13",
        Statement = "In evaluation mode the same ids give the same bits, regardless of earlier calls.",
        Source = "BUG-ATT-18, BUG-GEN-11",
        CanonicalCases = DecoderCase.Usual,
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var ids = probe.Text(130, c.Rows, probe.Time(c));
            var before = probe.Logits(ids);
            probe.Logits(probe.Different(ids, 131));
            probe.Logits(probe.Text(132, c.Rows + 1, Math.Max(1, probe.Time(c) - 1)));
            using (empty(17).normal_()) { }                                          // advances the random generator
            var differences = new LogitDifferences(probe);
            differences.Add(probe.Logits(ids), before);
            return differences.JudgeExact("difference of two calls ÷ largest logit");
        },
        Impostors = new()
        {
            ["dropout in evaluation mode"] = Bug(DecoderBug.DropoutAlways, Dropping),
            ["noise"] = Logits(logits => logits + randn_like(logits) * 1e-3),
            ["remembers the logits before"] = Wrap(AddMeanOfLast),
            ["counts its calls"] = Wrap(decoder =>
            {
                var calls = 0;
                return decoder with { Logits = ids => decoder.Logits(ids) * (1 + 1e-3 * calls++) };
            }),
        },
    };

    /// <summary>DEC-14.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> DropoutInTraining = new()
    {
        Id = "DEC-14",
        Statement = "Dropout acts in training mode and only there, also after an evaluation.",
        Source = "Srivastava et al. 2014; BUG-ATT-18",
        CanonicalCases = DecoderCase.Usual,
        Subject = With(Dropping),
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Decoder.SetTraining is not { } setTraining) return Verdict.Skip("the decoder has no training mode");
            if (probe.Decoder.Dropout is not > 0) return Verdict.Skip("the decoder has no dropout");
            var ids = probe.Text(140, c.Rows, probe.Time(c));
            Tensor Train()
            {
                setTraining(true);
                TorchSharp.torch.random.manual_seed(at.Seed);
                return probe.Logits(ids);
            }
            var (first, second) = (Train(), Train());
            setTraining(false);
            var before = probe.Logits(ids);
            var again = Train();
            var training = again.LargestDifference(probe.Logits(ids));
            setTraining(false);
            var (after, trainingAgain) = (new LogitDifferences(probe), new LogitDifferences(probe));
            after.Add(probe.Logits(ids), before);
            trainingAgain.Add(again, first);
            return Verdict.All(
            [
                LogitDifferences.Differs(training, "difference of two calls in training mode"),
                after.JudgeExact("change in evaluation mode by training mode ÷ largest logit"),
                // A decoder with generators of its own does not repeat itself.
                .. first.LargestDifference(second) > 0
                    ? Array.Empty<Verdict>()
                    : [trainingAgain.JudgeExact("change in training mode by evaluation mode ÷ largest logit")],
            ]);
        },
        Impostors = new()
        {
            ["dropout in evaluation mode"] = Bug(DecoderBug.DropoutAlways, Dropping),
            ["no dropout"] = Bug(DecoderBug.DropoutNever, Dropping),
            ["partly off after an evaluation"] = Bug(DecoderBug.DropoutEndsWithEvaluation, Dropping),
            ["stays in training mode"] = Bug(DecoderBug.StaysInTraining, Dropping),
            ["modes exchanged"] = Wrap(decoder =>
            {
                decoder.SetTraining!(true);
                return decoder with { SetTraining = on => decoder.SetTraining!(!on) };
            }, Dropping),
        },
    };

    private static Decoder AddMeanOfLast(Decoder decoder)
    {
        var mean = 0.0;
        return decoder with
        {
            Logits = ids =>
            {
                var logits = decoder.Logits(ids) + mean;
                mean = 0.01 * logits.Doubles().Average();
                return logits;
            },
        };
    }
}
