using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>
/// Invalid input that <c>train</c> refuses before the gate, with one message, exit code 2 and no files written.
/// </summary>
public sealed class TrainInputTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public Task Names_the_plan_that_was_meant() =>
        Refuses([_here / "tyni.yaml"], $"There is no plan {_here / "tyni.yaml"}. Did you mean \"tiny.yaml\"?");

    [Fact]
    public Task Says_that_the_folder_of_a_plan_is_not_there() =>
        Refuses(
            [_here / "configs/toy.yaml"],
            $"There is no plan {_here / "configs/toy.yaml"}. There is no folder {_here / "configs"} either.");

    [Fact]
    public Task Points_from_a_folder_to_the_plans_in_it()
    {
        var other = _here.Write("sft.yml", "data: {}");
        return Refuses(
            [Path.GetDirectoryName(_here.Plan)!],
            $"{Path.GetDirectoryName(_here.Plan)} is a folder, not a plan. Give one of the plans in this folder: {other}, "
                + $"{_here.Plan}.");
    }

    [Fact]
    public Task Takes_the_only_plan_of_a_folder() => Refuses(
        [Path.GetDirectoryName(_here.Plan)!, "--set", "model.dropout=1"],
        "--set model.dropout=1: dropout is 1; it must be 0 … 1, and less than 1.");

    [Fact]
    public Task Says_what_a_folder_without_a_plan_holds()
    {
        _here.Write("veri/a.txt", "bir");
        _here.Write("veri/b/c.txt", "iki");
        return Refuses(
            [_here / "veri"],
            $"{_here / "veri"} is a folder, not a plan. It holds a.txt, b/. Give a YAML file, such as configs/toy.yaml.");
    }

    [Fact]
    public Task Reports_line_and_column_of_an_unknown_key()
    {
        File.WriteAllText(_here.Plan, File.ReadAllText(_here.Plan).Replace("log_every", "log_evry", StringComparison.Ordinal));
        return Refuses([_here.Plan], $"{_here.Plan}:6:1: unknown key \"log_evry\". Did you mean \"log_every\"?");
    }

    [Fact]
    public Task Reports_all_problems_of_a_shape_at_once() => Refuses(
        [_here.Plan, "--set", "model.n_heads=5", "--set", "model.dropout=1", "--set", "model.vocab_size=12"],
        $"{_here.Plan}:7:37: d_model is 24, which n_heads = 5 does not divide. Use d_model = 20 or 25.",
        $"{_here.Plan}:7:78: n_heads is 5, which n_kv_heads = 2 does not divide. Use n_kv_heads = 1 or 5.",
        "--set model.vocab_size=12: vocab_size is 12; it must be 272 (16 special tokens and 256 bytes) … "
            + "65536 (ids are uint16). Use vocab_size = 272.",
        "--set model.dropout=1: dropout is 1; it must be 0 … 1, and less than 1.");

    [Fact]
    public Task Refuses_a_run_of_one_step_that_would_only_warm_up() => Refuses(
        [_here.Plan, "--set", "training.steps=1"],
        $"{_here.Plan}:10:78: optimizer.warmup_steps is 2, but there are only training.steps = 1, so the "
            + "learning rate would never decay. Use warmup_steps: 0.");

    [Fact]
    public Task Says_how_to_make_a_missing_tokenizer() => Refuses(
        With("data.tokenizer", _here / "nowhere"),
        $"{_here / "nowhere/tokenizer.json"} does not exist. Create one with `turkishllm tokenizer train`.");

    [Fact]
    public Task Refuses_a_tokenizer_that_was_cut()
    {
        var whole = File.ReadAllBytes(Path.Combine(ReferenceRun.Plan.Data.Tokenizer, "tokenizer.json"));
        _here.Write("cut/tokenizer.json", whole[..1000]);
        return RefusesLike(With("data.tokenizer", _here / "cut"),
            $"{_here / "cut/tokenizer.json"}*: not JSON at byte *. The file may be truncated. Create one "
                + "with `turkishllm tokenizer train`.");
    }

    [Fact]
    public Task Refuses_a_tokenizer_of_another_kind()
    {
        var text = File.ReadAllText(Path.Combine(ReferenceRun.Plan.Data.Tokenizer, "tokenizer.json"));
        _here.Write("other/tokenizer.json", text.Replace("\"BPE\"", "\"Unigram\"", StringComparison.Ordinal));
        return Refuses(With("data.tokenizer", _here / "other"),
            $"{_here / "other/tokenizer.json"} is not a tokenizer of this project: model.type is \"Unigram\"; "
                + "it must be \"BPE\". Create one with `turkishllm tokenizer train`.");
    }

    [Fact]
    public Task Says_how_to_make_missing_shards() => Refuses(
        With("data.shards", _here / "nowhere"),
        $"The data directory {_here / "nowhere"} does not exist. Prepare it first: turkishllm data prepare.");

    [Fact]
    public Task Refuses_a_truncated_shard()
    {
        var shards = _here.Copy(ReferenceRun.Plan.Data.Shards, "shards");
        using (var file = File.OpenWrite(Path.Combine(shards, "train-00000.tokens"))) file.SetLength(file.Length - 10);
        return RefusesLike(With("data.shards", shards),
            $"{shards}/train-00000.tokens is truncated: its header declares * tokens, 5 of them are missing. "
                + "Prepare the data again, or copy it again from its source.");
    }

    /// <summary>A different tokenizer of the same size: all files are valid, but tokenizer and shards do not match.</summary>
    [Fact]
    public Task Refuses_shards_of_another_tokenizer()
    {
        var other = BytePairTrainer.Train(
            DocumentReader.Read(Path.Combine(ReferenceRun.Fixtures, "text")).Select(document => document.Text).Skip(40),
            2048, cancellationToken: TestContext.Current.CancellationToken);
        other.Save(_here / "tokenizer");
        return RefusesLike(With("data.tokenizer", _here / "tokenizer"),
            $"The shards in {ReferenceRun.Plan.Data.Shards} were created with tokenizer "
                + $"{Tokenizer.Load(ReferenceRun.Plan.Data.Tokenizer).Hash}, but the current tokenizer is "
                + $"{other.Hash}*");
    }

    [Fact]
    public Task Refuses_a_device_that_is_not_there()
    {
        Assert.SkipUnless(TorchSharp.torch.cuda.device_count() == 0, "This machine has CUDA devices.");
        return RefusesLike(With("device", "cuda"),
            "device is cuda, but libtorch * finds no CUDA device. Use device: cpu or auto, or point "
                + "TORCH_DIR at a libtorch built with CUDA.");
    }

    [Fact]
    public Task Refuses_a_run_folder_under_a_file() => Refuses(
        With("run", Path.Combine(_here.Plan, "run")),
        $"The run folder {_here.Plan}/run cannot be written to: {_here.Plan} is a file. Make it writable, or "
            + "choose another one with run: in the plan.");

    [Fact]
    public Task Refuses_a_run_folder_where_nothing_can_be_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is where nobody, not even root, can make folders on Linux.");
        return Refuses(With("run", "/proc/run"),
            "The run folder /proc/run cannot be written to: no file can be created in /proc. Make it "
                + "writable, or choose another one with run: in the plan.");
    }

    [Fact]
    public Task Refuses_to_start_from_a_checkpoint_that_is_not_there() => Refuses(
        With("warm_start.checkpoint", _here / "old/step-000009"),
        $"There is no checkpoint {_here / "old/step-000009"}. Pass a checkpoint folder, such as "
            + "runs/toy/checkpoints/step-000300.");

    private string[] With(string key, string value) => [_here.Plan, "--set", $"{key}={value}"];

    private Task Refuses(string[] arguments, params string[] lines) =>
        Check(arguments, errors => errors.TrimEnd().ReplaceLineEndings("\n").Should().Be(string.Join('\n', lines)));

    private Task RefusesLike(string[] arguments, string pattern) =>
        Check(arguments, errors => errors.TrimEnd().Should().Match(pattern));

    private async Task Check(string[] arguments, Action<string> check)
    {
        var before = _here.Names().ToArray();
        var ran = await CommandLineRunner.Run(["train", .. arguments]);
        check(ran.Errors);
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Output.Should().BeEmpty();
        _here.Names().Should().Equal(before);
    }
}
