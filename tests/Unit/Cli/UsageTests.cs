using FluentAssertions;
using TurkishLlm.Cli;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Invalid arguments, which are refused before files are read or written.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData(
        "", "Missing command after turkishllm: demo, tokenizer, data, train, launch, pipeline, evaluate, "
            + "task, reward, generate, chat, serve, runs, checkpoint, synth, preference, spec, memory, doctor, "
            + "completion or version.",
        "")]
    [InlineData("trian", "Unknown command: trian. Did you mean \"train\"?", "")]
    [InlineData(
        "frobnicate", "Unknown command: frobnicate. Known: demo, tokenizer, data, train, launch, pipeline, evaluate, "
            + "task, reward, generate, chat, serve, runs, checkpoint, synth, preference, spec, memory, doctor, "
            + "completion, version.",
        "")]
    [InlineData(
        "--bogus", "Unknown option: --bogus. Known commands: demo, tokenizer, data, train, launch, pipeline, evaluate, "
            + "task, reward, generate, chat, serve, runs, checkpoint, synth, preference, spec, memory, doctor, "
            + "completion, version.",
        "")]
    [InlineData("tokenizer", "Missing command after tokenizer: train, add-tokens, encode, decode or report.", "tokenizer ")]
    [InlineData("tokenizer decod", "Unknown command: tokenizer decod. Did you mean \"decode\"?", "tokenizer ")]
    [InlineData("train", "<plan> is missing: Training plan: a YAML file such as configs/v1-r1.yaml.", "train ")]
    [InlineData("train --resmue", "Unknown option: --resmue. Did you mean \"--resume\"?", "train ")]
    [InlineData(
        "train a.yaml --stpes 5",
        "Unknown option: --stpes. It is a key of the plan: --set training.steps=5",
        "train ")]
    [InlineData(
        "train a.yaml --bananas 5",
        "Unknown option: --bananas. Known: --set, --resume, --init-from, --find-lr, --html, --distributed-timeout, "
            + "--dry-run, --help-plan, --json, --hourly-rate, --currency, --peak-tflops, --utilization, --help.",
        "train ")]
    [InlineData("train a.yaml --lr=3e-4", "Unknown option: --lr. It is a key of the plan: --set optimizer.learning_rate=3e-4",
        "train ")]
    [InlineData("memory a.yaml --batch-size 16",
        "Unknown option: --batch-size. It is a key of the plan: --set training.micro_batch_size=16", "memory ")]
    [InlineData("launch -n 2 a.yaml --output_dir --resume auto",
        "Unknown option: --output_dir. It is a key of the plan: --set run=VALUE", "launch ")]
    [InlineData("doctor a.yaml -lr 1",
        "Unknown option: -lr. It is a key of the plan: --set optimizer.learning_rate=1", "doctor ")]
    [InlineData("data prepare c.yaml --seed 3", "Unknown option: --seed. It is a key of the plan: --set seed=3", "data prepare ")]
    [InlineData(
        "data prepare a --keep-out e.jsonl", "Unknown option: --keep-out. Did you mean \"--decontaminate\"?", "data prepare ")]
    [InlineData(
        "data prepare a --near-duplicates 1",
        "Unknown option: --near-duplicates. Did you mean \"--near-duplicate-threshold\"?", "data prepare ")]
    [InlineData("data inspect a --mask", "Unknown option: --mask. Did you mean \"--loss-mask\"?", "data inspect ")]
    [InlineData("chat r --once soru", "Unknown option: --once. Did you mean \"--prompt\"?", "chat ")]
    [InlineData("generate r a --temp 0.5", "Unknown option: --temp. Did you mean \"--temperature\"?", "generate ")]
    [InlineData("generate r a -n 100", "Unknown option: -n. Did you mean \"--max-tokens\"?", "generate ")]
    [InlineData("chat r --top_p 0.9", "Unknown option: --top_p. Did you mean \"--top-p\"?", "chat ")]
    [InlineData("chat r --max_new_tokens 9", "Unknown option: --max_new_tokens. Did you mean \"--max-tokens\"?", "chat ")]
    [InlineData("generate r a --ctx 512",
        "Unknown option: --ctx. The context length is that of the model; `turkishllm checkpoint inspect` shows it.", "generate ")]
    [InlineData("chat --model runs/a",
        "Unknown option: --model. Give the model without an option: chat MODEL", "chat ")]
    [InlineData(
        "train a.yaml b.yaml", "Unexpected argument \"b.yaml\": train takes <plan>. Put text with spaces in quotes.", "train ")]
    [InlineData(
        "train a.yaml --resume auto --init-from old",
        "--resume and --init-from cannot be combined: one continues a run, the other starts a new one.", "train ")]
    [InlineData(
        "train a.yaml --set", "--set has no value: Override a plan value: --set training.steps=100. Can be repeated.", "train ")]
    [InlineData("demo --steps many", "--steps is many; it must be a whole number.", "demo ")]
    [InlineData("demo --preset v3", "--preset is v3; it must be toy or v1.", "demo ")]
    [InlineData("tokenizer train a.txt", "--output is missing: Folder for tokenizer.json.", "tokenizer train ")]
    [InlineData(
        "tokenizer decode t x",
        "\"x\" is not a token id; ids are whole numbers.",
        "tokenizer decode ")]
    [InlineData("generate r a --temperature 0,8", "--temperature is 0,8; it must be a number with a decimal point.", "generate ")]
    [InlineData("generate r a --max-tokens 1.000", "--max-tokens is 1.000; it must be a whole number.", "generate ")]
    [InlineData(
        "doctor a.yaml now", "Unexpected argument \"now\": doctor takes <plan>. Put text with spaces in quotes.", "doctor ")]
    [InlineData("checkpoint", "Missing command after checkpoint: inspect, verify, import, export or merge.", "checkpoint ")]
    [InlineData(
        "checkpoint export run out --format onnx", "--format is onnx; it must be gguf or hf or safetensors.",
        "checkpoint export ")]
    [InlineData("evaluate m --base b", "Unknown option: --base. Did you mean \"--base-model\"?", "evaluate ")]
    [InlineData(
        "synth generate f --price 3", "Unknown option: --price. Did you mean \"--input-price\" or \"--output-price\"?",
        "synth generate ")]
    public async Task Says_which_word_is_wrong(string line, string problem, string command)
    {
        var ran = await CommandLineRunner.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Output.Should().BeEmpty();
        ran.Errors.Should().Be($"{problem}{Environment.NewLine}See: turkishllm {command}--help{Environment.NewLine}");
    }

    [Fact]
    public async Task Hints_name_the_program_as_it_was_called()
    {
        var errors = new StringWriter();
        (
            await CommandLine.RunAsync(
                ["trian"],
                TextWriter.Null, errors, program: "./run cli", cancellationToken: TestContext.Current.CancellationToken))
            .Should()
            .Be(2);
        errors.ToString().Should().EndWith($"See: ./run cli --help{Environment.NewLine}");
    }

    [Theory]
    [InlineData(
        "--max-tokens 0 --top-p 3",
        "max_tokens is 0; it must be at least 1.\ntop_p is 3; it must be more than 0 and at most 1 (all tokens).")]
    [InlineData("--temperature -0.5", "temperature is -0.5; it must be 0 (always the most likely token) or more.")]
    public async Task Refuses_values_out_of_range_all_at_once(string options, string problems)
    {
        var ran = await CommandLineRunner.Run(["generate", "nowhere", "a", .. options.Split(' ')]);
        (ran.Code, ran.Errors).Should().Be((ExitCode.InvalidInput, problems + Environment.NewLine));
    }
}
