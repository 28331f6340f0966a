using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Copies weights into a model with a larger vocabulary.</summary>
public delegate ParameterTable GrowVocabulary(ParameterTable weights, ModelConfig grown);

/// <summary>Embedding rows of new tokens: TIE-10.</summary>
public static class VocabularyGrowthSpec
{
    private const int AddedTokens = 5;

    public static readonly Requirement<ModelCase, GrowVocabulary> TIE_10_Growth = new()
    {
        Id = "TIE-10",
        Statement = "A grown vocabulary keeps every old row and every other weight bit for bit, in the embedding and in an "
            + "untied head; each new row is the mean of the old rows plus noise of a hundredth of their standard deviation, and "
            + "no two are equal.",
        Source = "Hewitt 2021, \"Initializing New Word Embeddings for Pretrained Language Models\"; BUG-TIE-06, BUG-TOK-15: the "
            + "table grows and the head does not, rows move, logits of new rows dominate the others",
        CanonicalCases = ModelCase.Usual,
        Subject = (_, at) => (small, grown) => EmbeddingResizer.ResizeTokenEmbeddings(small, grown, at.Seed),
        Holds = (grow, c, at) =>
        {
            using var grad = no_grad();
            using var small = ModelCase.Weights(c.Config, at);
            using var grown = grow(small, c.Config.With(vocabSize: c.Vocabulary + AddedTokens));
            return Verdict.All(small.Names.SelectMany(name =>
            {
                var (old, now) = (small[name], grown[name]);
                if (name is not ("embed_tokens.weight" or "lm_head.weight"))
                    return [Verdict.AtMost(0, now.LargestDifference(old), $"change of {name}")];
                if (now.size(0) != c.Vocabulary + AddedTokens)
                    return [Verdict.Equal<long>(c.Vocabulary + AddedTokens, now.size(0), $"rows of {name}")];
                var mean = old.mean([0], keepdim: true);
                var spread = (old - mean).square().mean([0], keepdim: true).sqrt();
                var rows = now.narrow(0, c.Vocabulary, AddedTokens);
                var apart = ((rows - mean) / spread).abs().max().ToDouble();
                return new[]
                {
                    Verdict.AtMost(0, now.narrow(0, 0, c.Vocabulary).LargestDifference(old), $"change of the old rows of {name}"),
                    Verdict.Between(
                        1e-4, 0.06, apart, $"largest distance of a new row of {name} from the mean, in standard deviations"),
                    Verdict.AtLeast(
                        1e-6, Enumerable
                            .Range(1, AddedTokens - 1)
                            .Min(i => rows.narrow(0, i, 1).LargestDifference(rows.narrow(0, i - 1, 1))),
                        $"distance of neighbors among the new rows of {name}"),
                };
            }));
        },
        Impostors = new()
        {
            ["new rows are initialized like those of a new model"] = With(
                (old, rows, at) => cat([old, at.Normal(9, 0.02, rows, old.size(1))], 0)),
            ["new rows are zeros"] = With((old, rows, _) => cat([old, zeros([rows, old.size(1)], device: old.device)], 0)),
            ["new rows are the mean, and all equal"] = With(
                (old, rows, _) => cat([old, old.mean([0], keepdim: true).expand(rows, old.size(1))], 0)),
            ["new rows are copies of the last"] = With(
                (old, rows, _) => cat([old, old.narrow(0, old.size(0) - 1, 1).expand(rows, old.size(1))], 0)),
            ["new rows come before the old ones"] = With(
                (old, rows, _) => cat([old.mean([0], keepdim: true).expand(rows, old.size(1)), old], 0)),
            ["the whole table is initialized again"] = With(
                (old, rows, at) => at.Normal(9, 0.02, old.size(0) + rows, old.size(1))),
            ["another seed for the other weights"] = (_, at) => (small, grown) =>
            {
                using var good = EmbeddingResizer.ResizeTokenEmbeddings(small, grown, at.Seed);
                return ParameterTable.Create(grown, (name, _) =>
                    name.Contains("q_proj", StringComparison.Ordinal) ? good[name] + 1e-3 : good[name].clone());
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [TIE_10_Growth];

    private static Func<ModelCase, Conditions, GrowVocabulary> With(Func<Tensor, long, Conditions, Tensor> rows) =>
        (_, at) =>
            (small, grown) =>
        ParameterTable.Create(grown, (name, shape) => name is "embed_tokens.weight" or "lm_head.weight"
            ? rows(small[name].detach(), shape[0] - small[name].size(0), at)
            : small[name].detach().clone());
}
