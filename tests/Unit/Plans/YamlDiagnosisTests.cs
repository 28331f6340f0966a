using FluentAssertions;
using TurkishLlm.Model;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Errors about texts that are not YAML: the place, what was expected, and the line.</summary>
[Trait("Suite", "Fast")]
public sealed class YamlDiagnosisTests
{
    private const string Prefix = "name: small\nmodel:\n  preset: toy\n";

    [Theory]
    [InlineData("training:\n\tsteps: 7\n", "small.yaml:5:1: not YAML: the line is indented with a tab; YAML takes only spaces, "
        + "two for each level.\n  5 | ⇥steps: 7")]
    [InlineData("training:\n  steps: 7\n  \tmicro_batch_size: 3\n", "small.yaml:6:3: not YAML: the line is indented with a tab; "
        + "YAML takes only spaces, two for each level.\n  6 |   ⇥micro_batch_size: 3")]
    [InlineData("training:\n  steps:700\n  sequence_length: 64\n", "small.yaml:5:3: not YAML: a key is followed by a colon and a "
        + "space; write \"steps: 700\".\n  5 |   steps:700")]
    [InlineData("seed=81\nlog_every: 3\n", "small.yaml:4:1: not YAML: a key is followed by a colon and a space; write "
        + "\"seed: 81\".\n  4 | seed=81")]
    [InlineData("run: \"runs/deneme\nseed: 3\n", "small.yaml:4:6: not YAML: the quote \" that begins here is not closed in its "
        + "line.\n  4 | run: \"runs/deneme")]
    [InlineData("run: 'Ankara'da'\nseed: 3\n", "small.yaml:4:6: not YAML: text follows the closing quote; put the whole value "
        + "in quotes, and write a quote inside it as ''.\n  4 | run: 'Ankara'da'")]
    [InlineData("training:\n  steps: 7\n   micro_batch_size: 3\n", "small.yaml:6:4: not YAML: the line is indented by 3 spaces "
        + "and the one above by 2 spaces; give both the same indentation.\n  6 |    micro_batch_size: 3")]
    [InlineData("training:\n    steps: 7\n  micro_batch_size: 3\n seed: 5\n", "small.yaml:6:3: not YAML: *")]
    [InlineData("seed: 3\nlog_every: 2\nseed: 5\n", "small.yaml:6:1: not YAML: the key seed occurs twice, first in line 4; "
        + "remove one.\n  6 | seed: 5")]
    [InlineData("<<<<<<< HEAD\nseed: 3\n=======\nseed: 4\n>>>>>>> theirs\n", "small.yaml:4:1: not YAML: this line is a mark of "
        + "an unresolved merge conflict; keep one of the two versions.\n  4 | <<<<<<< HEAD")]
    [InlineData("samples:\n  prompts: [Kablo, Makara\nseed: 3\n", "small.yaml:5:12: not YAML: the bracket [ that begins here is "
        + "not closed.\n  5 |   prompts: [Kablo, Makara")]
    [InlineData("data: { tokenizer: a, shards: b ]\n", "small.yaml:4:33: not YAML: the bracket { of line 4, column 7 is closed "
        + "by ].\n  4 | data: { tokenizer: a, shards: b ]")]
    [InlineData("run: @deneme\n", "small.yaml:4:6: not YAML: a value cannot begin with @; put the value in quotes.\n"
        + "  4 | run: @deneme")]
    [InlineData("run: deneme: iki\n", "small.yaml:4:6: not YAML: the value contains a colon followed by a space; put it in "
        + "quotes: run: \"deneme: iki\".\n  4 | run: deneme: iki")]
    [InlineData("seed\nlog_every: 3\n", "small.yaml:4:1: not YAML: the line is neither a key with a colon nor an item of a "
        + "list.\n  4 | seed")]
    public void Names_the_place_the_rule_and_the_line(string rest, string message) =>
        Error(Prefix + rest).Should().Match(message);

    [Theory]
    [InlineData("training.steps=0100", "training.steps is 0100, but it must be a whole number without leading zeros.")]
    [InlineData("training.steps=1_000", "training.steps is 1_000, but it must be a whole number, without separators: 1000.")]
    [InlineData("training.steps=20.000", "training.steps is 20.000, but it must be a whole number, without separators: 20000.")]
    [InlineData("training.steps=5e3", "training.steps is 5e3, but it must be a whole number, without an exponent: 5000.")]
    [InlineData("sft.packing=on", "sft.packing is on, but it must be true or false: true.")]
    [InlineData("checkpoints.keep_best=NO", "checkpoints.keep_best is NO, but it must be true or false: false.")]
    [InlineData("training=steps:5", "training is a value, but it must be a section. A key is followed by a colon and a space: "
        + "\"steps: 5\".")]
    [InlineData("lr=0.1", "unknown key \"lr\". Did you mean \"optimizer.learning_rate\"?")]
    [InlineData("optimizer.max_steps=10", "unknown key \"max_steps\" in optimizer. Did you mean \"training.steps\"?")]
    public void Reads_values_of_other_versions_of_YAML_as_errors_with_a_suggestion(string change, string message)
    {
        var parse = () => TestPlans.Parse(TestPlans.Small, change);
        parse.Should().Throw<ConfigurationException>().Which.Message.Should().Contain($"--set {change}: {message}");
    }

    [Theory]
    [InlineData("training:\n  steps: 5 # : \"açıklama\n")]
    [InlineData("run: http://a/b:8080\n")]
    [InlineData("run: \"a: 'b' #c\" # d\n")]
    [InlineData("samples: { prompts: ['Ankara''da', \"x: [\"] }\n")]
    public void Finds_no_error_of_YAML_in_valid_text(string rest) => Error(Prefix + rest).Should().NotContain("not YAML");

    private static string Error(string yaml)
    {
        var parse = () => TestPlans.Parse(yaml);
        return parse.Should().Throw<ConfigurationException>().Which.Message;
    }
}
