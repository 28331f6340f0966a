using FluentAssertions;
using TurkishLlm.Cli;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Words that are wrong, before anything is read or written.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("", "A verb is missing: demo, tokenizer, data, train, launch, evaluate, generate, chat, runs, checkpoint, synth, spec, memory or doctor.", "")]
    [InlineData("trian", "There is no verb \"trian\". Did you mean \"train\"?", "")]
    [InlineData("frobnicate", "There is no verb \"frobnicate\". Known: demo, tokenizer, data, train, launch, evaluate, generate, chat, runs, checkpoint, synth, spec, memory, doctor.", "")]
    [InlineData("--bogus", "There is no option --bogus. Verbs: demo, tokenizer, data, train, launch, evaluate, generate, chat, runs, checkpoint, synth, spec, memory, doctor.", "")]
    [InlineData("tokenizer", "A verb is missing after tokenizer: train, grow, encode, decode or report.", "tokenizer ")]
    [InlineData("tokenizer decod", "There is no verb \"decod\" after tokenizer. Did you mean \"decode\"?", "tokenizer ")]
    [InlineData("train", "<plan> is missing: What to train: a YAML file such as configs/v1-r1.yaml.", "train ")]
    [InlineData("train --resmue", "There is no option --resmue. Did you mean \"--resume\"?", "train ")]
    [InlineData("train a.yaml --stpes 5", "There is no option --stpes. Known: --set, --resume, --init-from, --timeout, --help-plan, --json, --hourly-rate, --currency, --peak-tflops, --help.", "train ")]
    [InlineData("train a.yaml b.yaml", "train does not take \"b.yaml\", only <plan>. Text with spaces stands in quotes.", "train ")]
    [InlineData("train a.yaml --resume auto --init-from old", "--resume goes on with a run and --init-from begins a new one: give one of them.", "train ")]
    [InlineData("train a.yaml --set", "--set has no value: Changes a value of the plan: --set training.steps=100. May be given several times.", "train ")]
    [InlineData("demo --steps many", "--steps is many; it must be a whole number.", "demo ")]
    [InlineData("demo --preset v3", "--preset is v3; it must be toy or v1.", "demo ")]
    [InlineData("tokenizer train a.txt", "--output is missing: Folder for tokenizer.json.", "tokenizer train ")]
    [InlineData("tokenizer decode t x", "tokenizer decode does not take \"x\", only <tokenizer> <ids>, whole numbers. Text with spaces stands in quotes.", "tokenizer decode ")]
    [InlineData("generate r a --temperature 0,8", "--temperature is 0,8; it must be a number, with a point before its decimals.", "generate ")]
    [InlineData("generate r a --max-tokens 1.000", "--max-tokens is 1.000; it must be a whole number.", "generate ")]
    [InlineData("doctor a.yaml now", "doctor does not take \"now\", only <plan>. Text with spaces stands in quotes.", "doctor ")]
    [InlineData("checkpoint", "A verb is missing after checkpoint: inspect, verify, import, export or merge.", "checkpoint ")]
    [InlineData("checkpoint export run out --format onnx", "--format is onnx; it must be hf or safetensors.", "checkpoint export ")]
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
        (await CommandLine.RunAsync(["trian"], TextWriter.Null, errors, program: "./run cli", cancellationToken: TestContext.Current.CancellationToken)).Should().Be(2);
        errors.ToString().Should().EndWith($"See: ./run cli --help{Environment.NewLine}");
    }

    [Theory]
    [InlineData("--max-tokens 0 --top-p 3", "max_tokens is 0; it must be at least 1.\ntop_p is 3; it must be more than 0 and at most 1 (all tokens).")]
    [InlineData("--temperature -0.5", "temperature is -0.5; it must be 0 (always the likeliest) or more.")]
    public async Task Refuses_values_out_of_range_all_at_once(string options, string problems)
    {
        var ran = await CommandLineRunner.Run(["generate", "nowhere", "a", .. options.Split(' ')]);
        (ran.Code, ran.Errors).Should().Be((ExitCode.InvalidInput, problems + Environment.NewLine));
    }
}
