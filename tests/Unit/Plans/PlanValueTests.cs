using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Preference;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Guidelines;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Values that follow from a plan, each from fields that all differ.</summary>
public sealed class PlanValueTests : IDisposable
{
    private const string Start = "warm_start: { checkpoint: c }\n";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // A key, and a value other than that of the plan.
    public static TheoryData<string, string> Changes() => new()
    {
        { "name", "other" }, { "run", "x" }, { "seed", "7" }, { "device", "cuda:3" }, { "compute_dtype", "bfloat16" },
        { "threads", "3" }, { "log_every", "9" }, { "logging", "[csv]" },
        { "model.vocab_size", "600" }, { "model.dropout", "0.5" },
        { "data.tokenizer", "t" }, { "data.shards", "s" }, { "warm_start.checkpoint", "d" }, { "warm_start.step", "4" },
        { "warm_start.keep_optimizer", "true" }, { "warm_start.grow_vocabulary", "true" }, { "training.steps", "300" },
        { "training.micro_batch_size", "5" }, { "training.sequence_length", "63" }, { "training.accumulation_steps", "2" },
        { "training.activation_checkpointing", "blocks" }, { "training.ema.decay", "0.5" }, { "training.ema.every", "7" },
        { "optimizer.learning_rate", "2e-3" }, { "optimizer.minimum_learning_rate", "2e-5" }, { "optimizer.warmup_steps", "21" },
        { "optimizer.kind", "muon" },
        { "optimizer.schedule", "linear" }, { "optimizer.beta1", "0.8" }, { "optimizer.beta2", "0.8" },
        { "optimizer.epsilon", "0.8" }, { "optimizer.weight_decay", "0.8" }, { "optimizer.gradient_clip", "0.8" },
        { "optimizer.freeze", "[norm]" }, { "evaluation.every", "8" }, { "evaluation.windows", "8" },
        { "evaluation.patience", "4" },
        { "samples.every", "8" }, { "samples.prompts", "[Merhaba, Türkiye, stok]" }, { "samples.max_tokens", "8" },
        { "samples.temperature", "0.5" }, { "samples.top_k", "8" }, { "checkpoints.every", "8" },
        { "checkpoints.keep_last", "8" },
        { "checkpoints.keep_best", "false" }, { "safety.on_divergence", "skip" }, { "safety.on_spike", "skip" },
        { "safety.spike_zscore", "8" }, { "safety.spike_window", "8" }, { "safety.max_refused_batches", "8" },
        { "safety.stall_warning_factor", "8" }, { "safety.stall_stop_factor", "8" },
        { "sft.sources.a.path", "b" }, { "sft.sources.a.weight", "2" }, { "sft.sources.a.input_is_context", "true" },
        { "sft.gold", "[h]" }, { "sft.validation_share", "0.5" }, { "sft.validation", "[v]" },
        { "sft.system", "t" }, { "sft.chat_template", "gemma" }, { "sft.supervise", "last" },
        { "sft.excess_length", "truncate" }, { "sft.skip_invalid", "true" }, { "sft.packing", "false" },
        { "sft.text_share", "0.5" },
        { "preference.files", "[g]" }, { "preference.dpo.beta", "0.5" }, { "preference.dpo.label_smoothing", "0.25" },
        { "preference.gold", "[h]" }, { "preference.validation_share", "0.5" }, { "preference.system", "t" },
        { "preference.chat_template", "chatml" }, { "preference.skip_invalid", "true" }, { "lora.rank", "5" },
        { "lora.alpha", "5" }, { "lora.dropout", "0.5" },
        { "lora.targets", "[q]" }, { "ignored_guidelines.gpu-only", "b" },
    };

    [Theory, MemberData(nameof(Changes))]
    public void A_plan_with_another_value_is_unequal_and_the_difference_names_it(string key, string value)
    {
        var yaml = TestPlans.Small + Start + "ignored_guidelines: { gpu-only: a }\n" + key.Split('.')[0] switch
        {
            "sft" => "sft: { sources: { a: { path: a } }, gold: [g], system: s }\n",
            "preference" => "preference: { files: [f], dpo: {}, gold: [g], system: s }\n",
            "lora" => "lora: { rank: 4, alpha: 8 }\nsft: { sources: { a: { path: a } } }\n",
            _ => "",
        };
        var (plan, other) = (TestPlans.Parse(yaml), TestPlans.Parse(yaml, $"{key}={value}"));
        (plan == other, plan == TestPlans.Parse(yaml), plan.GetHashCode() == TestPlans.Parse(yaml).GetHashCode())
            .Should().Be((false, true, true));
        var parts = key.Split('.');
        other.DifferencesFrom(plan).Select(difference => difference.Key)
            .Should().Contain(string.Join('.', parts.Take(2)))
            .And.HaveCount(key is "name" or "sft.validation" or "optimizer.kind" ? 2 : 1);
        TrainingPlan.Parse(other.ToYaml(), "p.yaml", []).Should().Be(other);
    }

    [Fact]
    public void Every_key_has_a_change_here() => PlanSchema.Keys.Where(named => named.Key.Type.Name != "section")
        .Select(named => named.Path.Replace("NAME", "a", StringComparison.Ordinal))
        .Where(path => !path.StartsWith("evaluation.tasks.", StringComparison.Ordinal))       // EvaluationTask: TrainingPlanTests
        .Where(path => !path.StartsWith("grpo.", StringComparison.Ordinal))       // GrpoPlanTests
        .Except(Changes().Select(row => ((string, string))row.Data).Select(change => change.Item1))
        .Should().BeEquivalentTo(
            ["model.preset", "model.d_model", "model.n_layers", "model.n_heads", "model.n_kv_heads", "model.d_ff",
                "model.max_seq_len", "model.weight_tying", "model.norm_eps", "training.epochs", "optimizer.warmup_ratio",
                "optimizer.decay_ratio", "optimizer.decay_shape", "optimizer.muon.learning_rate", "optimizer.muon.momentum",
                "optimizer.muon.weight_decay",
                "optimizer.learning_rate_multipliers.embedding", "optimizer.learning_rate_multipliers.matrices",
                "optimizer.learning_rate_multipliers.norms", "optimizer.learning_rate_multipliers.head",
                "preference.orpo.lambda", "preference.kto.beta", "preference.kto.desirable_weight",
                "preference.kto.undesirable_weight", "preference.reward.centering",
                "sft.curriculum.scores", "sft.curriculum.order", "sft.curriculum.bands",
                "sft.curriculum.skip_easiest", "sft.curriculum.skip_hardest", "checkpoints.best_by"],
            "TrainingPlanTests reads the sizes of the model; the others need another plan");

    [Fact]
    public void Options_of_data_sets_have_every_value_of_the_plan()
    {
        var sft = TestPlans.Parse(TestPlans.Small + Start
            + "sft: { sources: { a: { path: a.jsonl, weight: 2 } }, gold: [g], validation_share: 0.25, supervise: last, "
            + "excess_length: truncate, skip_invalid: true }\n", "seed=77");
        sft.Sft!.ToOptions(sft).Should().BeEquivalentTo(new SftOptions(sft.Sft.Sources, 64)
        {
            GoldFiles = ["g"], ValidationShare = 0.25, Supervision = Supervision.Last,
            ExcessLength = ExcessLengthStrategy.Truncate, SkipInvalid = true, Seed = 77,
        });
        var validated = TestPlans.Parse(
            TestPlans.Small + Start + "sft: { sources: { a: { path: a.jsonl } }, validation: [v, w] }\n");
        validated.Sft!.ToOptions(validated).Should().BeEquivalentTo(
            new SftOptions(validated.Sft.Sources, 64)
            {
                ValidationFiles = ["v", "w"], ValidationShare = 0, Seed = validated.Seed,
            },
            "no share of the sources is held out");
        var pairs = TestPlans.Parse(TestPlans.Small + Start
            + "preference: { files: [f], dpo: {}, gold: [g], validation_share: 0.25, skip_invalid: true }\n", "seed=77");
        pairs.Preference!.ToOptions(pairs).Should().BeEquivalentTo(new PreferenceOptions(["f"], 64)
        {
            GoldFiles = ["g"], ValidationShare = 0.25, SkipInvalid = true, Seed = 77,
        });
    }

    [Fact]
    public void The_hash_of_examples_is_that_of_the_hashes_of_all_files_in_order()
    {
        foreach (var name in (string[])["a", "b", "g", "v"]) File.WriteAllText(_folder / name, $"içerik {name}");
        byte[] Hash(string name) => SHA256.HashData(Encoding.UTF8.GetBytes($"içerik {name}"));
        string Expected(params string[] names) => Convert.ToHexStringLower(SHA256.HashData([.. names.SelectMany(Hash)]));
        string? Compute(string section) =>
            TrainingPlan.Parse(TestPlans.Small + Start + section, "p.yaml", [], _folder.Path).ComputeExamplesHash();
        Compute("sft: { sources: { x: { path: b }, y: { path: a } }, gold: [g] }\n").Should().Be(Expected("b", "a", "g"));
        Compute("sft: { sources: { x: { path: b } }, gold: [g], validation: [v, a] }\n")
            .Should().Be(Expected("b", "g", "v", "a"));
        Compute("preference: { files: [a, b], gold: [g], dpo: {} }\n").Should().Be(Expected("a", "b", "g"));
        Compute("").Should().BeNull();
    }

    [Fact]
    public void Numbers_that_follow_from_sizes()
    {
        var plan = TestPlans.Parse(TestPlans.Small + Start + "lora: { rank: 3, alpha: 8, targets: [q] }\n");
        const double products = 4 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 172) + 512 * 64, attention = 12 * 4 * 64 * 64;
        (plan with { Lora = null }).FlopsPerToken.Should().Be(6 * products + attention);
        plan.FlopsPerToken.Should().BeApproximately(4 * products + attention, 1);
        plan.TrainableParameterCount.Should().Be(4 * 3 * (64 + 64));
        (plan with { Lora = null }).TrainableParameterCount.Should().Be(plan.Model.ParameterCount);
        plan.LossUnit.Should().Be("nats per token");
        TestPlans.Parse(TestPlans.Small + "preference: { files: [f], orpo: {} }\n").LossUnit.Should().Be("nats per pair");
        foreach (var (section, row, term) in new[]
        {
            ("", null, "target"), ("sft: { sources: { NAME: { path: a.jsonl } } }\n", "row", "target"),
            ("preference: { files: [f], orpo: {} }\n", "pair", "pair"),
            (Start + "preference: { files: [f], kto: {} }\n", "answer", "answer"),
            (Start + "grpo: { files: [f], rewards: { ends: 1 }, group_size: 2, max_new_tokens: 8 }\n", "answer", "answer"),
        })
        {
            var named = TestPlans.Parse(TestPlans.Small + section);
            (named.RowName, named.LossTermName).Should().Be((row, term), "of {0}", section);
        }
        var batch = new BatchingPlan(11, 3, 50_000, 20_000);
        (batch.RowsPerStep, batch.TokensPerStep).Should().Be((60_000, 3_000_000_000));
    }

    [Fact]
    public void Each_weight_has_the_factor_of_its_group()
    {
        var rates = new LearningRateMultipliers(0.1, 0.2, 0.3, 0.4);
        string[] names =
            ["embed_tokens.weight", "layers.1.attn.wq.weight", "layers.0.attn_norm.weight", "norm.weight", "lm_head.weight",
            "norm.weights"];
        names.Select(rates.GetMultiplier).Should().Equal(0.1, 0.2, 0.3, 0.3, 0.4, 0.2);
    }

    [Theory]
    [InlineData("auto", DeviceKind.Auto, 0, "auto")]
    [InlineData("cpu", DeviceKind.Cpu, 0, "cpu")]
    [InlineData("cuda", DeviceKind.Cuda, 0, "cuda")]
    [InlineData("cuda:0", DeviceKind.Cuda, 0, "cuda")]
    [InlineData("cuda:13", DeviceKind.Cuda, 13, "cuda:13")]
    public void Devices_are_read_and_written(string text, DeviceKind kind, int index, string written)
    {
        DeviceChoice.TryParse(text, out var choice).Should().BeTrue();
        (choice.Kind, choice.Index, choice.ToString()).Should().Be((kind, index, written));
        foreach (var wrong in (string[])["", "CPU", "cuda:", "cuda: 1", "cuda:+1", "xcuda:1", "cuda1", "cuda:99999999999"])
            DeviceChoice.TryParse(wrong, out _).Should().BeFalse(wrong);
    }

    [Fact]
    public void Frozen_weights_of_every_form_of_part()
    {
        var model = ModelConfig.Toy(512).With(nLayers: 12, tieEmbeddings: false);
        var text = new StringBuilder();
        string[][] freezes =
        [
            [], ["embed_tokens"], ["layers.1"], ["layers.10-11"], ["layers.2-4.attn"], ["layers.3-3.ffn"],
            ["norm", "lm_head.weight"],
            ["layers.0.attn", "layers.11.ffn"], ["layers.9-10", "layers.1.attn_norm"],
        ];
        foreach (var parts in freezes)
            text.AppendJoin(", ", parts).Append(":\n").Append(string.Concat(
                new FreezePlan(parts).GetFrozenNames(model).Select(name => $"  {name}\n")));
        GoldenFile.Compare("FrozenWeights", text.ToString());
    }

    [Fact]
    public void Texts_and_bounds_of_guidelines()
    {
        var text = new StringBuilder();
        foreach (var guideline in PlanGuidelines.All)
            text.Append(CultureInfo.InvariantCulture, $"{guideline.Id}: {guideline.Recommendation} ({guideline.Source}). ")
                .Append(guideline.Reason).Append('\n');
        string[][] overrides =
        [
            ["model.vocab_size=63999"], ["model.vocab_size=64001"], .. new[] { 1, 2, 3, 4, 6 }.Select(heads => (string[])
                ["model.n_heads=12", $"model.n_kv_heads={12 / heads}", "model.d_model=528"]),
            ["model.n_layers=12"], ["model.n_layers=13"], ["model.dropout=0.01"], ["device=cpu"],
            ["device=cpu", "model.n_layers=11"],
            ["warm_start={checkpoint: c, step: 1}"], ["warm_start={checkpoint: c}"], ["training.steps=228881"],
            ["training.steps=228882"],
            ["training.steps=300000", "model.n_layers=12"], ["training.steps=300000", "model.n_layers=11"],
            ["sft={sources: {a: {path: a}}}", "model.dropout=0.05"],
            ["sft={sources: {a: {path: a}}}", "optimizer.learning_rate=2e-5", "optimizer.minimum_learning_rate=0"],
            ["sft={sources: {a: {path: a}}}", "warm_start={checkpoint: c, keep_optimizer: true}"],
            ["sft={sources: {a: {path: a}}}", "warm_start={checkpoint: c}", "lora={rank: 4, alpha: 8}"],
            ["preference={files: [f], orpo: {}}", "model.dropout=0.1"],
        ];
        foreach (var changes in overrides)
        {
            var plan = TrainingPlan.Load(Path.Combine(Repository.Root, "configs", "v1-r1.yaml"), changes);
            text.AppendJoin(", ", changes).Append('\n');
            foreach (var found in PlanGuidelines.FindViolations(plan)) text.Append(CultureInfo.InvariantCulture, $"  {found}\n");
        }
        GoldenFile.Compare("Guidelines", text.ToString());
    }
}
