using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Runs;

/// <summary>The files of an export are those that transformers expects of a base model or of a chat model.</summary>
[Trait("Suite", "Fast")]
public sealed class ExportedModelTests : IDisposable
{
    private static readonly string[] Added = ["<|ek|>", "<|son|>"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_chat_model_ends_its_answer_with_the_turn_in_every_file()
    {
        Write(system: null);
        Ids("config.json").Should().Equal(6, 1, 0);
        Ids("generation_config.json").Should().Equal(6, 1, 0);
        Read("tokenizer_config.json").GetProperty("eos_token").GetString().Should().Be("<|eot_id|>");
        Read("special_tokens_map.json").GetProperty("eos_token").GetString().Should().Be("<|eot_id|>");
        Names("special_tokens_map.json").Should().Contain("<|end_of_text|>").And.NotContain("<|eot_id|>");
    }

    [Fact]
    public void A_base_model_ends_with_the_document()
    {
        Write(chat: false);
        Read("config.json").GetProperty("eos_token_id").GetInt32().Should().Be(1);
        Ids("generation_config.json").Should().Equal(1, 0);
        Read("tokenizer_config.json").GetProperty("eos_token").GetString().Should().Be("<|end_of_text|>");
        Read("tokenizer_config.json").TryGetProperty("chat_template", out _).Should().BeFalse();
        File.Exists(_folder / "hf/chat_template.jinja").Should().BeFalse();
    }

    [Fact]
    public void Lists_added_tokens_in_every_file_that_lists_tokens()
    {
        Write(system: null);
        var listed = Read("tokenizer_config.json").GetProperty("added_tokens_decoder");
        listed.EnumerateObject().Select(token => (token.Name, token.Value.GetProperty("content").GetString()))
            .Should().HaveCount(18)
            .And.StartWith(("0", "<|begin_of_text|>"))
            .And.ContainInOrder(("272", "<|ek|>"), ("273", "<|son|>"));
        listed.EnumerateObject().Should().OnlyContain(token => token.Value.GetProperty("special").GetBoolean());
        Names("special_tokens_map.json").Should().Contain(Added);
        Names("tokenizer_config.json").Should().Contain(Added);
        Read("tokenizer.json").GetProperty("added_tokens").EnumerateArray().Select(t => t.GetProperty("content").GetString())
            .Should().Contain(Added);
    }

    [Fact]
    public void Puts_the_chat_template_where_tokenizers_look_for_it()
    {
        Write("Kısa yanıtla.\nAdın 'Telbis'.");
        var jinja = File.ReadAllText(_folder / "hf/chat_template.jinja");
        jinja.Should()
            .StartWith("{% if system is not defined %}{% set system = 'Kısa yanıtla.\\nAdın \\'Telbis\\'.' %}{% endif %}")
            .And.Contain("<|start_header_id|>assistant<|end_header_id|>");
        Read("tokenizer_config.json").GetProperty("chat_template").GetString().Should().Be(jinja);
        File.ReadAllText(_folder / "hf/SHA256SUMS").Should().Contain("  chat_template.jinja\n");
    }

    private void Write(string? system = null, bool chat = true)
    {
        var tokenizer = new Tokenizer([], Added);
        tokenizer.Save(_folder / "tok");
        var config = new ModelConfig(
            tokenizer.VocabularySize, dModel: 6, nLayers: 1, nHeads: 3, nKvHeads: 1, dFf: 10, maxSeqLen: 8);
        using var weights = WeightInitializer.Initialize(config, seed: 5, CPU);
        ExportedModel.Write(
            _folder / "hf", weights, _folder / "tok", chat ? new ChatTemplate(tokenizer, system) : null,
            ExportFormat.HuggingFace);
    }

    private JsonElement Read(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(_folder / $"hf/{name}"));
        return json.RootElement.Clone();
    }

    private IEnumerable<int> Ids(string name) =>
        Read(name).GetProperty("eos_token_id").EnumerateArray().Select(id => id.GetInt32());

    private IEnumerable<string?> Names(string name) =>
        Read(name).GetProperty("additional_special_tokens").EnumerateArray().Select(token => token.GetString());
}
