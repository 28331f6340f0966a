using System.Globalization;
using FluentAssertions;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Plans;

[Trait("Suite", "Fast")]
public sealed class TrainingPlanTests
{
    [Fact, Trait("Suite", "Fast")]
    public void Reads_the_same_numbers_where_the_decimal_sign_is_a_comma()
    {
        Thread.CurrentThread.CurrentCulture = new CultureInfo("tr-TR");
        var optimizer = TestPlans
            .Parse(TestPlans.Small, "optimizer.learning_rate=0.0025", "optimizer.weight_decay=1e-2")
            .Optimizer;
        (optimizer.LearningRate, optimizer.WeightDecay).Should().Be((25e-4, 1e-2));
    }

    [Fact]
    public void Reads_every_key()
    {
        var plan = TestPlans.Parse(
            """
            name: all
            run: out/{name}-1
            seed: 99
            device: cuda:3
            compute_dtype: bfloat16
            threads: 6
            log_every: 7
            logging: [csv, tensorboard]
            model: { vocab_size: 1000, d_model: 96, n_layers: 5, n_heads: 6, n_kv_heads: 3, d_ff: 250, max_seq_len: 333, dropout: 0.05, weight_tying: false, norm_eps: 1e-5 }
            data: { tokenizer: t, shards: s }
            warm_start: { checkpoint: c, step: 11, keep_optimizer: true }
            training: { steps: 1234, micro_batch_size: 3, sequence_length: 321, accumulation_steps: 5, activation_checkpointing: blocks, ema: { decay: 0.95, every: 6 } }
            optimizer: { learning_rate: 2e-3, minimum_learning_rate: 2e-5, warmup_steps: 17, schedule: wsd, decay_ratio: 0.25, decay_shape: sqrt, kind: muon, muon: { learning_rate: 0.02, momentum: 0.9, weight_decay: 0.3 }, beta1: 0.8, beta2: 0.99, epsilon: 1e-9, weight_decay: 0.2, gradient_clip: 0.5 }
            evaluation: { every: 21, windows: 22, patience: 4, tasks: { erp: { files: [g.jsonl, h.jsonl], every: 0, every_epochs: 2, rows: 9, choose: random, few_shot: 3, few_shot_file: f.jsonl, slices: [domain], max_tokens: 8, choice_normalization: bytes, input_is_context: true, refusal: Bilmem, worst_answers: 6, at_least: { exact_match: 0.5 }, at_most: { loss: 4.5, false_refusal_rate: 0 }, on_miss: stop, from_step: 12 } } }
            samples: { every: 23, prompts: [İyi, "a: b"], max_tokens: 24, temperature: 0.6, top_k: 25 }
            checkpoints: { every: 26, keep_last: 27, keep_best: false, best_by: erp.f1 }
            safety: { on_divergence: skip, on_spike: rollback, spike_zscore: 4.5, spike_window: 28, max_refused_batches: 29, stall_warning_factor: 30, stall_stop_factor: 31.5 }
            ignored_guidelines: { tokenizer-64k: "küçük bir deneme", gpu-only: b }
            """);

        plan.Should().Be(new TrainingPlan
        {
            Name = "all",
            RunFolder = "out/all-1",
            Seed = 99,
            Device = new(DeviceKind.Cuda, 3),
            ComputeType = ComputeType.BFloat16,
            Threads = 6,
            LogEvery = 7,
            Logging = LogFormats.TensorBoard | LogFormats.Csv,
            Model = new(1000, 96, 5, 6, 3, 250, 333, 0.05, false, 1e-5),
            Data = new("t", "s"),
            WarmStart = new("c", 11, true),
            Training = new(1234, 3, 321, 5)
            {
                ActivationCheckpointing = ActivationCheckpointing.Blocks,
                Ema = new(0.95, 6),
            },
            Optimizer = new(2e-3, 2e-5, 17)
            {
                Kind = OptimizerKind.Muon,
                Muon = new() { LearningRate = 0.02, Momentum = 0.9, WeightDecay = 0.3 },
                Schedule = ScheduleKind.Wsd,
                DecayRatio = 0.25,
                DecayShape = DecayShape.Sqrt,
                Beta1 = 0.8,
                Beta2 = 0.99,
                Epsilon = 1e-9,
                WeightDecay = 0.2,
                GradientClip = 0.5,
            },
            Evaluation = new(21, 22, 4)
            {
                Tasks =
                [
                    new("erp", ["g.jsonl", "h.jsonl"])
                    {
                        Every = 0, EveryEpochs = 2, Rows = 9, Choose = RowChoice.Random, FewShot = 3, FewShotFile = "f.jsonl",
                        Slices = ["domain"], MaxTokens = 8, ChoiceNormalization = ChoiceNormalization.Bytes,
                        InputIsContext = true, Refusal = "Bilmem", WorstAnswers = 6, AtLeast = new(("exact_match", 0.5)),
                        AtMost = new(("loss", 4.5), ("false_refusal_rate", 0)), OnMiss = MissAction.Stop, FromStep = 12,
                    },
                ],
            },
            Samples = new() { Every = 23, Prompts = ["İyi", "a: b"], MaxTokens = 24, Temperature = 0.6, TopK = 25 },
            Checkpoints = new(26, 27, KeepBest: false, BestBy: "erp.f1"),
            Safety = new()
            {
                OnDivergence = DivergenceAction.Skip,
                OnSpike = DivergenceAction.Rollback,
                SpikeZScore = 4.5,
                SpikeWindow = 28,
                MaxRefusedBatches = 29,
                StallWarningFactor = 30,
                StallStopFactor = 31.5,
            },
            IgnoredGuidelines = new(("tokenizer-64k", "küçük bir deneme"), ("gpu-only", "b")),
        });
        plan.Training.TokensPerStep.Should().Be(3 * 321 * 5);
    }

    [Fact]
    public void Fills_in_what_the_reference_report_used()
    {
        var plan = TestPlans.Parse();
        plan.RunFolder.Should().Be("runs/small");
        plan.Device.Kind.Should().Be(DeviceKind.Auto);
        plan.Optimizer.Should()
            .Be(
                new OptimizerPlan(1e-3, 1e-4, 20)
                {
                    Beta1 = 0.9,
                    Beta2 = 0.95,
                    Epsilon = 1e-8,
                    WeightDecay = 0.1,
                    GradientClip = 1,
                });
        plan.Samples.Prompts.Should().Equal("Merhaba", "Türkiye", "Stok");
        plan.Samples.Temperature.Should().Be(0.8);
        plan.Samples.TopK.Should().Be(40);
        plan.WarmStart.Should().BeNull();
    }

    [Fact]
    public void Writes_a_plan_that_reads_back_equal()
    {
        var plan = TestPlans.Parse(
            TestPlans.Small, "warm_start.checkpoint=old", "samples.prompts=[\"a \\\"b\\\"\", 'ğ: #']", "device=cuda:1",
            "seed=123456789012", "data.tokenizer=\"true\"",
            "evaluation.tasks.erp={files: [\"a b.jsonl\"], at_least: {chrf: 0.25}, few_shot: 2}", "checkpoints.best_by=erp.chrf");
        TrainingPlan.Parse(plan.ToYaml(), "plan.yaml", []).Should().Be(plan);
    }

    [Fact]
    public void Takes_a_preset_and_what_overrides_it() =>
        TestPlans.Parse(TestPlans.Small, "model={preset: v1, max_seq_len: 2048, dropout: 0.02}").Model
            .Should().Be(ModelConfig.V1.With(maxSeqLen: 2048, dropout: 0.02));

    [Fact]
    public void Resolves_relative_paths_against_the_folder_it_is_given()
    {
        var plan = TrainingPlan.Parse(TestPlans.Small, "small.yaml", ["data.shards=/abs/shards"], "/project");
        plan.Data.Should().Be(new DataPlan("/project/data/tok", "/abs/shards"));
        plan.RunFolder.Should().Be("/project/runs/small");
    }

    [Fact]
    public void Reports_the_position_of_a_misspelt_key_and_a_suggestion() =>
        Error(TestPlans.Small.Replace("micro_batch_size", "micro_bacth_size", StringComparison.Ordinal)).Should().Be(
            "small.yaml:10:3: unknown key \"micro_bacth_size\" in training. Did you mean \"micro_batch_size\"?");

    [Fact]
    public void Lists_the_known_keys_where_none_is_close() =>
        Error(TestPlans.Small + "checkpoints:\n  folder: x\n").Should().Be(
            "small.yaml:17:3: unknown key \"folder\" in checkpoints. Known: every, keep_last, keep_best, best_by.");

    [Theory]
    [InlineData("training.steps=many", "training.steps is many, but it must be a whole number.")]
    [InlineData("training.steps=\"200\"", "training.steps is the text \"200\", but it must be a whole number.")]
    [InlineData("training.steps=2.5", "training.steps is 2.5, but it must be a whole number.")]
    [InlineData("training.steps=99999999999999999999", "training.steps is 99999999999999999999, but it must be a whole number.")]
    [InlineData("training.steps=", "training.steps is empty, but it must be a whole number.")]
    [InlineData("training.steps=[1, 2]", "training.steps is a list, but it must be a whole number.")]
    [InlineData("training.steps={a: 1}", "training.steps is a section, but it must be a whole number.")]
    [InlineData("optimizer.beta1=0,9", "optimizer.beta1 is 0,9, but it must be a number; decimals follow a point: 0.9.")]
    [InlineData("model.weight_tying=yes", "model.weight_tying is yes, but it must be true or false: true.")]
    [InlineData(
        "samples.prompts=Merhaba", "samples.prompts is Merhaba, but it must be a list of texts, such as [Merhaba, Stok].")]
    [InlineData("name=", "name is empty, but it must be text.")]
    [InlineData("logging=csv", "logging is csv, but it must be a list of some of tensorboard, csv.")]
    [InlineData("logging=[wandb]", "logging is a list with \"wandb\" in it, but it must be one of tensorboard, csv.")]
    [InlineData("compute_dtype=bf16", "compute_dtype is \"bf16\", but it must be float32 or bfloat16.")]
    [InlineData("safety.on_spike=warn", "safety.on_spike is \"warn\", but it must be log or stop or skip or rollback.")]
    [InlineData("ignored_guidelines={gpu-only: }", "ignored_guidelines.gpu-only is empty, but it must be text.")]
    [InlineData("device=gpu", "device is gpu, but it must be auto, cpu, cuda or cuda:N.")]
    [InlineData("device=cuda:-1", "device is cuda:-1, but it must be auto, cpu, cuda or cuda:N.")]
    [InlineData("model.preset=v3", "model.preset is \"v3\", but it must be v1 or v2 or toy.")]
    [InlineData("model=v1", "model is a value, but it must be a section.")]
    public void Refuses_a_value_of_the_wrong_kind(string text, string problem) =>
        Error(TestPlans.Small, text).Split('\n').Should().Contain($"--set {text}: {problem}");

    [Theory]
    [InlineData("training.steps=0", "training.steps is 0; it must be at least 1.")]
    [InlineData("training.micro_batch_size=-1", "training.micro_batch_size is -1; it must be at least 1.")]
    [InlineData(
        "training.sequence_length=129",
        "training.sequence_length is 129, longer than model.max_seq_len = 128. Use sequence_length: 128 or " + "max_seq_len: 129."
    )]
    [InlineData("optimizer.learning_rate=0", "optimizer.learning_rate is 0; it must be more than 0.")]
    [InlineData("optimizer.learning_rate=NaN", "optimizer.learning_rate is NaN; it must be more than 0.")]
    [InlineData(
        "optimizer.minimum_learning_rate=0.01",
        "optimizer.minimum_learning_rate is 0.01, more than optimizer.learning_rate = 0.001. Use "
            + "minimum_learning_rate: 1e-04.")]
    [InlineData(
        "optimizer.warmup_steps=200",
        "optimizer.warmup_steps is 200, but there are only training.steps = 200, so the learning rate would "
            + "never decay. Use warmup_steps: 20.")]
    [InlineData(
        "optimizer.decay_ratio=0.2",
        "optimizer.decay_ratio and decay_shape are for schedule: wsd, but optimizer.schedule is cosine, which decays from the "
            + "warm-up on. Use schedule: wsd, or remove them.")]
    [InlineData(
        "optimizer={learning_rate: 1e-3, minimum_learning_rate: 0, warmup_steps: 20, schedule: wsd, decay_ratio: 0.97}",
        "optimizer.decay_ratio is 0.97, which is 194 of training.steps = 200, but the warm-up leaves only 180. Use decay_ratio: "
            + "0.9, or a shorter warm-up.")]
    [InlineData(
        "optimizer.muon={momentum: 0.9}",
        "optimizer.muon is for kind: muon, but optimizer.kind is adamw. Use kind: muon, or remove the section.")]
    [InlineData("optimizer.beta2=1", "optimizer.beta2 is 1; it must be 0 … 1, and less than 1.")]
    [InlineData("optimizer.gradient_clip=-1", "optimizer.gradient_clip is -1; it must be at least 0.")]
    [InlineData("checkpoints.keep_last=0", "checkpoints.keep_last is 0; it must be at least 1.")]
    [InlineData("safety.spike_window=1", "safety.spike_window is 1; it must be at least 2.")]
    [InlineData("safety.stall_stop_factor=-1", "safety.stall_stop_factor is -1; it must be at least 0.")]
    [InlineData(
        "safety.on_divergence=log",
        "safety.on_divergence is log, but a step with a gradient that is not finite destroys all weights. Use "
            + "stop, skip or rollback.")]
    [InlineData(
        "ignored_guidelines={tokenizer-46k: x}",
        "ignored_guidelines names \"tokenizer-46k\", which is not a guideline. Did you mean \"tokenizer-64k\"?")]
    [InlineData(
        "samples.prompts=[]", "samples.prompts is empty, so there is nothing to continue. Add a prompt, or use every: 0.")]
    [InlineData(
        "warm_start={checkpoint: c, step: 200}",
        "warm_start.step is 200, but training ends with training.steps = 200, so there would be nothing to "
            + "train. Use step: 0 or steps: 400.")]
    [InlineData(
        "name=../x",
        "name is \"../x\"; it names a folder and has letters a–z, digits, dots, dashes and underscores, and no " + "dot first.")]
    [InlineData("run=runs/{date}", "run is runs/{date}; only {name} is allowed in braces.")]
    [InlineData("model.d_model=66", "d_model is 66, which n_heads = 4 does not divide. Use d_model = 64 or 68.")]
    [InlineData("log_every=0", "log_every is 0; it must be at least 1.")]
    public void Refuses_an_invalid_value(string text, string problem)
    {
        // The place is that of the first key of the problem, which need not be the overridden one.
        Error(TestPlans.Small, text)
            .Split('\n')
            .Should()
            .ContainSingle(line => line.EndsWith(": " + problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_minimum_is_not_compared_with_a_learning_rate_that_is_refused() =>
        Error(TestPlans.Small, "optimizer.learning_rate=0", "optimizer.minimum_learning_rate=0.01")
            .Should().Be("--set optimizer.learning_rate=0: optimizer.learning_rate is 0; it must be more than 0.");

    [Fact]
    public void Reports_all_problems_at_once_in_the_order_of_the_file()
    {
        var yaml = TestPlans.Small
            .Replace("vocab_size: 512", "vocab_size: 100", StringComparison.Ordinal)
            .Replace("steps: 200", "steps: zwei", StringComparison.Ordinal)
            .Replace("warmup_steps: 20", "warmup_step: 20", StringComparison.Ordinal)
            .Replace("  shards: data/shards\n", "", StringComparison.Ordinal);

        Error(yaml, "sedd=1", "training.micro_batch_size=0").Should().Be(string.Join('\n',
            "small.yaml:4:15: vocab_size is 100; it must be 272 (16 special tokens and 256 bytes) … 65536 "
                + "(ids are uint16). Use vocab_size = 272.",
            "small.yaml:5:1: data.shards is missing: add \"shards:\" under \"data:\".",
            "small.yaml:8:10: training.steps is zwei, but it must be a whole number.",
            "small.yaml:14:3: unknown key \"warmup_step\" in optimizer. Did you mean \"warmup_steps\"?",
            "--set sedd=1: unknown key \"sedd\". Did you mean \"seed\"?",
            "--set training.micro_batch_size=0: training.micro_batch_size is 0; it must be at least 1."));
    }

    [Fact]
    public void A_value_that_could_not_be_read_causes_no_further_complaints() =>
        Error(TestPlans.Small, "training.steps=x")
            .Should()
            .Be("--set training.steps=x: training.steps is x, but it must be a whole number.");

    [Fact]
    public void Reports_every_required_key_of_an_almost_empty_plan()
    {
        var lines = Error("name: x").Split('\n');
        lines.Should().Contain("small.yaml: training.steps is missing: add \"steps:\" under \"training:\".");
        lines.Should().Contain("small.yaml: optimizer.warmup_steps is missing: add \"warmup_steps:\" under \"optimizer:\".");
        lines.Should().Contain("small.yaml: model.d_model is missing: add \"d_model:\" under \"model:\".");
        lines.Should().HaveCount(7 + 2 + 3 + 3);
    }

    [Fact]
    public void The_toy_preset_does_not_guess_a_vocabulary() =>
        Error(TestPlans.Small.Replace("  vocab_size: 512\n", "", StringComparison.Ordinal)).Should().Be(
            "small.yaml:2:1: model.vocab_size is missing: add \"vocab_size:\" under \"model:\".");

    [Theory]
    [InlineData("", "small.yaml: is empty; *")]
    [InlineData("- a\n- b\n", "small.yaml: is not a plan; *")]
    [InlineData(
        "name: [a\nmodel: b", "small.yaml:1:7: not YAML: the bracket [ that begins here is not closed.\n  1 | name: [a")]
    [InlineData("name: [[[[[[[[[[[[a]]]]]]]]]]]]", "small.yaml:1:*: not YAML: no plan is nested so deeply.*")]
    [InlineData(
        "name: a\nname: b\n",
        "small.yaml:2:1: not YAML: the key name occurs twice, first in line 1; remove one.\n  2 | name: b")]
    [InlineData("name: &a x\nrun: *a\n", "small.yaml:1:7: not YAML: anchors (&) and aliases (*) are not used in plans.*")]
    [InlineData("name: a\n---\nname: b\n", "small.yaml:3:1: not YAML: a plan is one document, but a second one begins here.*")]
    public void Refuses_what_is_not_one_yaml_mapping(string yaml, string pattern) => Error(yaml).Should().Match(pattern);

    [Theory]
    [InlineData("steps", "--set steps: an override is written section.key=value.")]
    [InlineData("=5", "--set =5: an override is written section.key=value.")]
    [InlineData("name.first=x", "--set name.first=x: name is a value, not a section.")]
    [InlineData("run=[a", "--set run=[a: the value is not YAML: *")]
    [InlineData("trainig.steps=5", "--set trainig.steps=5: unknown key \"trainig\". Did you mean \"training\"?")]
    public void Refuses_an_invalid_override(string text, string pattern) => Error(TestPlans.Small, text).Should().Match(pattern);

    [Fact]
    public void A_later_override_wins() => TestPlans.Parse(TestPlans.Small, "seed=1", "seed=2").Seed.Should().Be(2);

    [Fact]
    public void A_plan_changed_in_code_is_checked_too()
    {
        var plan = TestPlans.Parse();
        var act = (plan with { Training = plan.Training with { SequenceLength = 500 } }).ThrowIfInvalid;
        act.Should()
            .Throw<ConfigurationException>()
            .WithMessage("training.sequence_length is 500, longer than model.max_seq_len = 128. *");
        plan.ThrowIfInvalid();
    }

    [Fact]
    public void Reports_the_differences_of_two_plans() =>
        TestPlans
            .Parse(TestPlans.Small, "warm_start.checkpoint=c", "training.steps=300")
            .DifferencesFrom(TestPlans.Parse())
            .Select(d => d.ToString())
            .Should()
            .BeEquivalentTo(
                "training.steps: 200 → 300", "warm_start.checkpoint: nothing → c", "warm_start.step: nothing → 0",
                "warm_start.keep_optimizer: nothing → false", "warm_start.grow_vocabulary: nothing → false");

    [Fact]
    public void Names_the_plan_that_was_meant_when_a_file_is_not_there()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder / "toy.yaml", TestPlans.Small);
        var act = () => TrainingPlan.Load(folder / "toi.yaml", []);
        act.Should().Throw<FileNotFoundException>().WithMessage("There is no plan *toi.yaml. Did you mean \"toy.yaml\"?");
        TrainingPlan.Load(folder / "toy.yaml", []).Name.Should().Be("small");
    }

    private static string Error(string yaml, params string[] overrides) =>
        Assert.Throws<ConfigurationException>(() => TestPlans.Parse(yaml, overrides)).Message;
}
