using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>Where parameters are and in which type: DEC-19, DEC-23, DEC-24.</summary>
public static class StorageRequirements
{
    private static readonly ReferenceGptOptions Tied = new() { Tied = true };

    /// <summary>DEC-19.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> TiedHead = new()
    {
        Id = "DEC-19",
        Statement = "A tied output projection is the embedding, also after loading and after a conversion.",
        Source = "Press & Wolf 2017, arXiv:1608.05859; BUG-TIE-02, BUG-TIE-03",
        CanonicalCases = [new(2, 2), new(3, 7)],
        Subject = With(Tied),
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Decoder.Tied is not true) return Verdict.Skip("the decoder does not state that it is tied");
            if (TokenGradients.Find(probe) is not { } gradients) return Verdict.Skip("no parameter has a row for each token");
            return Verdict.All(CheckTied(probe, gradients.Embeddings[0], create, c, at));
        },
        Impostors = new()
        {
            ["cloned by the constructor"] = Bug(DecoderBug.HeadCloned, Tied),
            ["untied by loading"] = Bug(DecoderBug.UntiedByLoading, Tied),
            ["untied by a conversion"] = Bug(DecoderBug.UntiedByConversion, Tied),
            ["stated twice"] = Wrap(
                decoder => decoder with
                {
                    Parameters = () => new Dictionary<string, Tensor>(decoder.Parameters!())
                    {
                        ["head"] = decoder.Parameters!()["embedding"],
                    },
                }, Tied),
        },
    };

    /// <summary>DEC-23.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> NumberTypes = new()
    {
        Id = "DEC-23",
        Statement = "Another number type changes logits only by rounding.",
        Source = "BUG-NUM-08, BUG-NRM-05; TOL-DECODER",
        CanonicalCases = [new(2, 7), new(1, DecoderCase.Longest)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Decoder.ConvertTo is not { } convert) return Verdict.Skip("the decoder cannot be converted");
            var (ids, targets) = (probe.Text(230, c.Rows, probe.Time(c)), probe.Text(231, c.Rows, probe.Time(c)));
            var (type, own) = (probe.Type, probe.Logits(ids));
            convert(ScalarType.Float64);
            var exact = probe.Logits(ids);
            convert(ScalarType.BFloat16);
            var rounded = probe.Logits(ids);
            var (fromOwn, fromRounded) = (new LogitDifferences(probe), new LogitDifferences(probe));
            fromOwn.Add(own, exact);
            fromRounded.Add(rounded, exact);
            var change = Math.Abs(MeanLoss(rounded, targets) / MeanLoss(exact, targets) - 1);
            return Verdict.All(
                fromOwn.Judge($"difference of logits in {type} and float64 ÷ largest logit", type),
                fromRounded.Judge("difference of logits in bfloat16 and float64 ÷ largest logit", ScalarType.BFloat16),
                Verdict.AtMost(Tolerance.DecoderLoss, change, "relative change of the loss in bfloat16"));
        },
        Impostors = new()
        {
            ["norms under a forgotten autocast"] = Bug(DecoderBug.NormInBFloat16),
            ["softmax under a forgotten autocast"] = Bug(DecoderBug.SoftmaxInBFloat16),
            ["logits under a forgotten autocast"] = Bug(DecoderBug.LogitsInBFloat16),
        },
    };

    /// <summary>DEC-24.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> SaveAndLoad = new()
    {
        Id = "DEC-24",
        Statement = "A decoder that loads what another one saved has the same logits, bit by bit.",
        Source = "BUG-CKP-01, BUG-CKP-18, BUG-NUM-03",
        CanonicalCases = [new(2, 3), new(3, 7)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var saved = DecoderProbe.Open(create, at);
            using var loaded = DecoderProbe.Open(create, at, perturbed: false, salt: 1);
            if (saved.Decoder.Save is null || loaded.Decoder.Load is null)
                return Verdict.Skip("the decoder cannot save and load");
            SaveAndLoadInto(saved, loaded);
            var ids = saved.Text(240, c.Rows, saved.Time(c));
            var differences = new LogitDifferences(saved);
            differences.Add(loaded.Logits(ids), saved.Logits(ids));
            return differences.JudgeExact("difference of the loaded decoder ÷ largest logit");
        },
        Impostors = new()
        {
            ["one tensor is not loaded"] = AfterLoading("layers.1.up.0", (_, before) => before),
            ["stored in bfloat16"] = AfterLoading("head", (loaded, _) => loaded.to(bfloat16).to(float32)),
            ["a square matrix transposed"] = AfterLoading("layers.0.query", (loaded, _) => loaded.t()),
            ["norms keep their new weight"] = AfterLoading("norm.weight", (loaded, _) => ones_like(loaded)),
        },
    };

    private static IEnumerable<Verdict> CheckTied(
        DecoderProbe probe, string embedding, Func<long, Decoder> create, DecoderCase c, Conditions at)
    {
        foreach (var verdict in CheckColumn(probe, embedding, c, "after construction")) yield return verdict;
        if (probe.Decoder.Save is not null && probe.Decoder.Load is not null)
        {
            using var other = DecoderProbe.Open(create, at, salt: 1);
            SaveAndLoadInto(other, probe);
            foreach (var verdict in CheckColumn(probe, embedding, c, "after loading")) yield return verdict;
        }
        if (probe.Decoder.ConvertTo is not { } convert) yield break;
        convert(ScalarType.Float64);
        foreach (var verdict in CheckColumn(probe, embedding, c, "after a conversion")) yield return verdict;
    }

    // A row of the embedding that is in no text moves only its own column of logits.
    private static IEnumerable<Verdict> CheckColumn(DecoderProbe probe, string name, DecoderCase c, string when)
    {
        var token = probe.Half(1)[0];
        var embedding = probe.Parameters[name];
        var ids = probe.Text(190, c.Rows, probe.Time(c), half: 0);
        var before = probe.Logits(ids);
        var tables = probe.Parameters.Values.Where(weight => weight.shape.AsSpan().SequenceEqual(embedding.shape)).ToArray();
        double[] SumRows() => [.. tables.Select(table => table.narrow(0, token, 1).Doubles().Sum())];
        var sums = SumRows();
        using (no_grad()) embedding.detach().narrow(0, token, 1).add_(1);
        var changed = SumRows().Zip(sums).Count(pair => pair.First != pair.Second);
        yield return Verdict.Equal(1, changed, $"parameters that are the embedding {when}");
        var change = (probe.Logits(ids) - before).abs().amax([0, 1]).Doubles();
        yield return LogitDifferences.Differs(change[token], $"change of the column of a changed row {when}");
        yield return Verdict.AtMost(0.0, change.Where((_, id) => id != token).Max(), $"change of other columns {when}");
    }

    private static double MeanLoss(Tensor logits, Tensor targets) =>
        functional.cross_entropy(logits.flatten(0, 1), targets.flatten().cpu()).Doubles()[0];

    private static void SaveAndLoadInto(DecoderProbe from, DecoderProbe to)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "parameters");
        from.Decoder.Save!(path);
        to.Decoder.Load!(path);
    }

    private static Func<DecoderCase, Conditions, Func<long, Decoder>> AfterLoading(
        string name, Func<Tensor, Tensor, Tensor> change) =>
        Wrap(decoder => decoder with
        {
            Load = path =>
            {
                using var grad = no_grad();
                var before = decoder.Parameters!()[name].detach().clone();
                decoder.Load!(path);
                var weight = decoder.Parameters!()[name];
                weight.copy_(change(weight.detach().clone(), before));
            },
        });
}
