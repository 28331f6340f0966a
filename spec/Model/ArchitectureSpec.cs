using TurkishLlm.Model;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;

namespace TurkishLlm.Spec.Model;

/// <summary>A published size of the model.</summary>
/// <param name="Name">Preset.</param>
/// <param name="Parameters">Number of weights, as published.</param>
public sealed record PresetCase(string Name, long Parameters)
{
    internal ModelConfig Config => Name == "v1" ? ModelConfig.V1 : ModelConfig.V2;
}

/// <summary>The parameters of a model: P09–P14.</summary>
public static class ArchitectureSpec
{
    public static readonly Requirement<PresetCase, ParameterInventory> P09_V1Count = CountRequirement(
        "P09", new("v1", 24_697_088), "section 7");

    public static readonly Requirement<ModelCase, SubjectModel> P10_TiedStorage = new()
    {
        Id = "P10",
        Statement = "A tied head is the embedding itself: doubling a row that the input does not use doubles exactly its logits, "
            + "and there is no second matrix.",
        Source = "Press & Wolf 2017, arXiv:1608.05859; reference report, section 11, test 10; BUG-TIE-03",
        CanonicalCases = [ModelCase.Usual[0], ModelCase.SmallTied],
        PlanCases = ModelCase.TiedFromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) => TyingSpec.CheckHeadIsTied(model, c, at),
        Impostors = SubjectModel.With(ModelBug.HeadUntied),
    };

    public static readonly Requirement<ModelCase, Func<ModelConfig, ParameterInventory>> P11_UntiedCount = new()
    {
        Id = "P11",
        Statement = "Untying the head adds one matrix of vocabulary × width, and nothing else.",
        Source = "Reference report, section 11, test 11",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = (_, _) => ParameterInventory.Create,
        Holds = (of, c, _) =>
        {
            var (tied, untied) = (of(c.Config.With(tieEmbeddings: true)), of(c.Config.With(tieEmbeddings: false)));
            return Verdict.All(
                Verdict.Equal((long)c.Vocabulary * c.Width, untied.ElementCount - tied.ElementCount, "weights added"),
                Verdict.SameElements(["lm_head.weight"], [.. untied.Shapes.Keys.Except(tied.Shapes.Keys)], "names added"));
        },
        Impostors = new()
        {
            ["the head is not in the parameter table"] = (_, _) => config =>
                ParameterInventory.Create(config.With(tieEmbeddings: true)),
            ["the tied head is counted too"] = (_, _) => config => ParameterInventory.Create(config.With(tieEmbeddings: false)),
            ["the head has a bias"] = (_, _) =>
                config =>
                    config.TieEmbeddings
                        ? ParameterInventory.Create(config)
                        : ParameterInventory.Create(config).With("lm_head.bias", config.VocabSize),
        },
    };

    public static readonly Requirement<ModelCase, SubjectModel> P12_Layers = new()
    {
        Id = "P12",
        Statement = "There are n_layers blocks with nine weights each, and each of them changes the logits.",
        Source = "Reference report, section 11, test 12; BUG-PLB-01, BUG-PLB-02, BUG-NRM-11",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            using var grad = TorchSharp.torch.no_grad();
            var ids = c.Ids(at);
            var before = model.Logits(ids);
            var own = model.Parameters.Names.Where(name => name.StartsWith("layers.", StringComparison.Ordinal)).ToList();
            if (own.Count != 9 * c.Layers) return Verdict.Equal(9 * c.Layers, own.Count, "weights of blocks");
            return Verdict.All(own.Select(name =>
            {
                using var scope = TorchSharp.torch.NewDisposeScope();
                var weight = model.Parameters[name];
                var original = weight.clone();
                weight.add_(at.Normal(30, 0.1, weight.shape));
                var change = model.Logits(ids).LargestDifference(before);
                weight.copy_(original);
                return Verdict.AtLeast(1e-6, change, $"change of the logits by {name}");
            }));
        },
        Impostors = SubjectModel.With(
            ModelBug.OneBlockShared,
            ModelBug.LastBlockSkipped, LayerBug.UpUnused, LayerBug.NoOutputProjection, ModelBug.OneNormOnly),
    };

    public static readonly Requirement<ModelCase, ParameterInventory> P13_Width = new()
    {
        Id = "P13",
        Statement = "Every weight has the shape that follows from the configuration: d_model on the side of the residual stream, "
            + "[out, in].",
        Source = "Reference report, section 2 and section 11, test 13; BUG-GQA-04 and BUG-GQA-08",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = (c, _) => ParameterInventory.Create(c.Config),
        Holds = (inventory, c, _) =>
            Verdict.SameElements(
                [.. ExpectedShapes(c)],
                [.. inventory.Shapes.Select(s => $"{s.Key} [{string.Join(", ", s.Value)}]")],
                "weight"),
        Impostors = new()
        {
            ["matrices are [in, out]"] = (c, _) =>
                ParameterInventory.Create(c.Config).Transform((name, shape) => [(name, [.. shape.Reverse()])]),
            ["as many key/value heads as query heads"] = (c, _) => ParameterInventory.Create(c.Config.With(nKvHeads: c.Heads)),
            ["one fused matrix in equal thirds"] = (c, _) =>
                ParameterInventory
                    .Create(c.Config)
                    .Transform(
                        (name, shape) =>
                            [
                                (
                                    name, name.Contains("q_proj", StringComparison.Ordinal)
                                        ? [(c.Width + 2 * c.KeyValueHeads * c.HeadSize) / 3, c.Width]
                                        : shape),
                            ]),
            ["heads are 64 wide"] = (c, _) =>
                ParameterInventory
                    .Create(c.Config)
                    .Transform(
                        (name, shape) =>
                            [(name, name.Contains("q_proj", StringComparison.Ordinal) ? [64L * c.Heads, c.Width] : shape)]),
        },
    };

    public static readonly Requirement<PresetCase, ParameterInventory> P14_V2Count = CountRequirement(
        "P14", new("v2", 67_580_416), "section 16");

    public static IReadOnlyList<Requirement> All =>
        [P09_V1Count, P10_TiedStorage, P11_UntiedCount, P12_Layers, P13_Width, P14_V2Count];

    private static Requirement<PresetCase, ParameterInventory> CountRequirement(string id, PresetCase preset, string section) =>
        new()
    {
        Id = id,
        Statement = FormattableString.Invariant($"The {preset.Name} model has exactly {preset.Parameters:N0} parameters."),
        Source = $"Reference report, {section}",
        CanonicalCases = [preset],
        Subject = (c, _) => ParameterInventory.Create(c.Config),
        Holds = (inventory, c, _) => Verdict.All(
            Verdict.Equal(c.Parameters, inventory.ElementCount, "parameters in the table"),
            Verdict.Equal(c.Parameters, c.Config.ParameterCount, "parameters by the formula")),
        Impostors = new()
        {
            ["as many key/value heads as query heads"] = (c, _) =>
                ParameterInventory.Create(c.Config.With(nKvHeads: c.Config.NHeads)),
            ["the head is not tied"] = (c, _) => ParameterInventory.Create(c.Config.With(tieEmbeddings: false)),
            ["no norm before the head"] = (c, _) =>
                ParameterInventory.Create(c.Config).Transform((name, shape) => name == "norm.weight" ? [] : [(name, shape)]),
            ["queries have a bias"] = (c, _) =>
                ParameterInventory.Create(c.Config).With("layers.0.attn.q_proj.bias", c.Config.DModel),
        },
    };

    private static IEnumerable<string> ExpectedShapes(ModelCase c)
    {
        var kv = c.KeyValueHeads * c.HeadSize;
        yield return $"embed_tokens.weight [{c.Vocabulary}, {c.Width}]";
        for (var i = 0; i < c.Layers; i++)
        {
            yield return $"layers.{i}.attn_norm.weight [{c.Width}]";
            yield return $"layers.{i}.attn.q_proj.weight [{c.Width}, {c.Width}]";
            yield return $"layers.{i}.attn.k_proj.weight [{kv}, {c.Width}]";
            yield return $"layers.{i}.attn.v_proj.weight [{kv}, {c.Width}]";
            yield return $"layers.{i}.attn.o_proj.weight [{c.Width}, {c.Width}]";
            yield return $"layers.{i}.ffn_norm.weight [{c.Width}]";
            yield return $"layers.{i}.ffn.gate_proj.weight [{c.Inner}, {c.Width}]";
            yield return $"layers.{i}.ffn.up_proj.weight [{c.Inner}, {c.Width}]";
            yield return $"layers.{i}.ffn.down_proj.weight [{c.Width}, {c.Inner}]";
        }
        yield return $"norm.weight [{c.Width}]";
        if (!c.Tied) yield return $"lm_head.weight [{c.Vocabulary}, {c.Width}]";
    }
}
