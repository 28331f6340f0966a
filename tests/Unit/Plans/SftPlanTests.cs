using FluentAssertions;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>What plans say about fine-tuning.</summary>
[Trait("Suite", "Fast")]
public sealed class SftPlanTests
{
    private const string Full =
        """
        name: full
        model: {preset: toy, vocab_size: 512}
        data: {tokenizer: data/tok, shards: data/shards}
        warm_start: {checkpoint: runs/base, grow_vocabulary: true}
        sft:
          sources:
            erp: {path: erp.jsonl, weight: 1.5}
            özet: {path: "özet \"1\".json", input_is_context: true}
          gold: [gold.jsonl]
          validation_share: 0.2
          system: 'Yalnız "bağlamı" kullan.'
          supervise: completion
          excess_length: truncate
          skip_invalid: true
          packing: false
          text_share: 0.1
          curriculum: {scores: losses.jsonl, skip_easiest: 0.05, skip_hardest: 0.1, order: easyfirst, bands: 7}
        training: {epochs: 2.5, micro_batch_size: 4, sequence_length: 64}
        optimizer: {learning_rate: 1e-3, minimum_learning_rate: 0, warmup_ratio: 0.1, schedule: linear, learning_rate_multipliers: {embedding: 10, head: 0.2}, freeze: [layers.0-1, norm]}
        evaluation: {patience: 3}
        """;

    [Fact]
    public void Every_key_is_read()
    {
        var plan = TestPlans.Parse(Full);
        plan.Sft.Should().Be(new SftPlan([new("erp", "erp.jsonl", 1.5), new("özet", "özet \"1\".json", 1, InputIsContext: true)])
        {
            Gold = ["gold.jsonl"],
            ValidationShare = 0.2,
            System = "Yalnız \"bağlamı\" kullan.",
            Supervise = Supervision.Completion,
            ExcessLength = ExcessLengthStrategy.Truncate,
            SkipInvalid = true, Packing = false, TextShare = 0.1,
            Curriculum = new("losses.jsonl")
            {
                SkipEasiest = 0.05, SkipHardest = 0.1, Order = CurriculumOrder.EasyFirst, Bands = 7,
            },
        });
        (plan.Training.Epochs, plan.Training.Steps, plan.Optimizer.WarmupRatio, plan.Optimizer.Schedule)
            .Should()
            .Be((2.5, 0L, 0.1, ScheduleKind.Linear));
        plan.Optimizer.LearningRateMultipliers.Should().Be(new LearningRateMultipliers(Embedding: 10, Head: 0.2));
        plan.Optimizer.Freeze.Should().Be(new FreezePlan("layers.0-1", "norm"));
        plan.Evaluation.Patience.Should().Be(3);
        plan.WarmStart!.GrowVocabulary.Should().BeTrue();
    }

    [Fact]
    public void A_plan_reads_back_equal_before_and_after_resolving_steps()
    {
        var plan = TestPlans.Parse(Full);
        TrainingPlan.Parse(plan.ToYaml(), "plan.yaml", []).Should().Be(plan);
        var settled = plan with
        {
            Training = plan.Training with { Steps = 77 },
            Optimizer = plan.Optimizer with { WarmupSteps = 7 },
        };
        TrainingPlan.Parse(settled.ToYaml(), "plan.yaml", []).Should().Be(settled);
    }

    [Theory]
    [InlineData(
        "sft.curriculum.skip_hardest=0.95",
        "small.yaml:17:52: sft.curriculum skips 0.05 of the easiest and 0.95 of the hardest examples, so none is left. "
            + "Lower one of them.")]
    [InlineData(
        "sft.curriculum.order=easy",
        "--set sft.curriculum.order=easy: sft.curriculum.order is \"easy\", but it must be none or easyfirst.")]
    [InlineData(
        "sft.validation_share=1", "--set sft.validation_share=1: sft.validation_share is 1; it must be 0 … 1, and less than 1.")]
    [InlineData("sft.text_share=-0.1", "--set sft.text_share=-0.1: sft.text_share is -0.1; it must be 0 … 1, and less than 1.")]
    [InlineData(
        "sft.supervise=header",
        "--set sft.supervise=header: sft.supervise is \"header\", but it must be all or completion or last.")]
    [InlineData("sft.pakcing=true", "--set sft.pakcing=true: unknown key \"pakcing\" in sft. Did you mean \"packing\"?")]
    [InlineData("training.epochs=0", "--set training.epochs=0: training.epochs is 0; it must be more than 0.")]
    [InlineData(
        "optimizer.warmup_ratio=1",
        "--set optimizer.warmup_ratio=1: optimizer.warmup_ratio is 1; it must be 0 … 1, and less than 1.")]
    [InlineData("evaluation.patience=-1", "--set evaluation.patience=-1: evaluation.patience is -1; it must be at least 0.")]
    [InlineData(
        "warm_start.keep_optimizer=true",
        "small.yaml:4:54: warm_start.grow_vocabulary and warm_start.keep_optimizer are both true, but new tokens "
            + "have no moments. Use keep_optimizer: false.")]
    public void Reports_what_is_wrong(string change, string message)
    {
        var act = () => TestPlans.Parse(Full, change);
        act.Should().Throw<ConfigurationException>().Which.Message.Split('\n').Should().Contain(message);
    }

    [Theory]
    [InlineData("validation: v.jsonl", "v.jsonl")]
    [InlineData("validation: [v.jsonl, w.jsonl]", "v.jsonl w.jsonl")]
    public void Validation_is_a_path_or_a_list_of_paths(string validation, string files)
    {
        var plan = TestPlans.Parse(Full.Replace("validation_share: 0.2", validation, StringComparison.Ordinal));
        string.Join(' ', plan.Sft!.Validation).Should().Be(files);
        plan.ToYaml().Should().NotContain("validation_share");
        TrainingPlan.Parse(plan.ToYaml(), "small.yaml", []).Should().Be(plan);
    }

    [Theory]
    [InlineData(
        "sft.validation=v.jsonl",
        "sft.validation names files of validation conversations, so sft.validation_share holds out none. Remove one of the two "
            + "keys.")]
    [InlineData(
        "sft.validation={a: b}",
        "sft.validation is a section, but it must be a path or a list of paths, such as [a.jsonl, b.jsonl]")]
    public void Reports_what_is_wrong_with_validation(string change, string message)
    {
        var act = () => TestPlans.Parse(Full, change);
        act.Should().Throw<ConfigurationException>().Which.Message.Should().Contain(message);
    }

    [Fact]
    public void Refuses_a_file_that_is_trained_on_and_validated()
    {
        var act = () => TestPlans.Parse(Full.Replace("validation_share: 0.2", "validation: erp.jsonl", StringComparison.Ordinal));
        act.Should().Throw<ConfigurationException>().WithMessage(
            "*erp.jsonl is in sft.sources and in sft.validation; a validation file must not be trained on. Remove it from one of "
                + "them.");
    }

    [Fact]
    public void Refuses_a_weight_of_nothing()
    {
        var act = () => TestPlans.Parse(Full.Replace("weight: 1.5", "weight: 0", StringComparison.Ordinal));
        act.Should()
            .Throw<ConfigurationException>()
            .WithMessage("small.yaml:7:*: sft.sources.erp.weight is 0; it must be more than 0 and at most 100.");
    }

    [Fact]
    public void Refuses_epochs_of_running_text()
    {
        var act = () => TestPlans.Parse(TestPlans.Small.Replace("steps: 200", "epochs: 2", StringComparison.Ordinal));
        act.Should()
            .Throw<ConfigurationException>()
            .WithMessage(
                "*training.epochs is for conversations; windows of running text are sampled indefinitely and have no "
                    + "epochs. Use training.steps.");
    }

    [Theory]
    [InlineData("layers.9", "optimizer.freeze has \"layers.9\", but the model has no weight layers.9.*")]
    [InlineData("layers.2-5", "optimizer.freeze has \"layers.2-5\", but the model has no weight layers.4.*")]
    [InlineData(
        "embed_token",
        "optimizer.freeze has \"embed_token\", but the model has no weight embed_token. Did you mean " + "\"embed_tokens\"?")]
    public void Refuses_to_freeze_what_the_model_does_not_have(string part, string message)
    {
        var act = () =>
            (
                TestPlans.Parse() with
                {
                    Optimizer = TestPlans.Parse().Optimizer with { Freeze = new FreezePlan(part) },
                }).ThrowIfInvalid();
        act.Should().Throw<ConfigurationException>().WithMessage(message);
    }

    [Fact]
    public void Refuses_to_freeze_everything()
    {
        var act = () =>
            (
                TestPlans.Parse() with
                {
                    Optimizer = TestPlans.Parse().Optimizer with
                    {
                        Freeze = new FreezePlan("embed_tokens", "layers.0-3", "norm"),
                    },
                }).ThrowIfInvalid();
        act.Should()
            .Throw<ConfigurationException>()
            .WithMessage("optimizer.freeze names every weight of the model, so there is nothing to train. Remove a part.");
    }

    [Fact]
    public void A_part_freezes_the_weights_below_it_and_no_others()
    {
        var model = ModelConfig.Toy(300);
        new FreezePlan("layers.1.attn", "layers.2-3.ffn.up_proj", "norm").GetFrozenNames(model).Should().Equal(
            "layers.1.attn.q_proj.weight",
            "layers.1.attn.k_proj.weight", "layers.1.attn.v_proj.weight", "layers.1.attn.o_proj.weight",
            "layers.2.ffn.up_proj.weight", "layers.3.ffn.up_proj.weight", "norm.weight");
        new FreezePlan("layers.1")
            .GetFrozenNames(
                new ModelConfig(vocabSize: 300, dModel: 16, nLayers: 12, nHeads: 2, nKvHeads: 1, dFf: 24, maxSeqLen: 8))
            .Should().HaveCount(9).And.OnlyContain(name => name.StartsWith("layers.1.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("embed_tokens.weight", 1)]
    [InlineData("layers.3.attn_norm.weight", 3)]
    [InlineData("norm.weight", 3)]
    [InlineData("layers.3.ffn.up_proj.weight", 2)]
    [InlineData("lm_head.weight", 4)]
    public void Every_weight_has_the_factor_of_its_group(string name, double factor) =>
        new LearningRateMultipliers(1, 2, 3, 4).GetMultiplier(name).Should().Be(factor);
}
