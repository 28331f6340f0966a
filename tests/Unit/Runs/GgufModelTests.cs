using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Runs;

/// <summary>The files of an export for llama.cpp and Ollama.</summary>
[Trait("Suite", "Fast")]
public sealed class GgufModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_Modelfile_of_a_chat_model_has_its_template_stops_and_sampling()
    {
        Write(chat: true, system: "Kısa yanıtla.");
        File.ReadAllText(_folder / "out/Modelfile").Should().Be(
            "FROM ./model.gguf\n"
            + "TEMPLATE \"\"\"{{- range .Messages }}"
            + "{{ if eq .Role \"tool\" }}<|tool_output|>"
            + "{{ else if eq .Role \"assistant\" }}<|start_header_id|>assistant<|end_header_id|>\n\n"
            + "{{ else if eq .Role \"system\" }}<|start_header_id|>system<|end_header_id|>\n\n"
            + "{{ else }}<|start_header_id|>user<|end_header_id|>\n\n{{ end }}{{ .Content }}<|eot_id|>{{ end }}"
            + "<|start_header_id|>assistant<|end_header_id|>\n\n\"\"\"\n"
            + "SYSTEM \"\"\"Kısa yanıtla.\"\"\"\n"
            + "PARAMETER stop \"<|eot_id|>\"\nPARAMETER stop \"<|end_of_text|>\"\nPARAMETER stop \"<|begin_of_text|>\"\n"
            + "PARAMETER temperature 0\nPARAMETER top_k 0\nPARAMETER top_p 1\nPARAMETER min_p 0\nPARAMETER repeat_penalty 1\n"
            + "PARAMETER num_ctx 8\n");
        File.ReadAllLines(_folder / "out/SHA256SUMS").Select(line => line[66..]).Should().Equal("Modelfile", "model.gguf");
    }

    [Fact]
    public void The_Modelfile_and_the_tokens_have_the_marks_of_the_chat_template()
    {
        Write(chat: true, format: ChatFormat.Mistral);
        File.ReadAllText(_folder / "out/Modelfile").Should().Contain(
            "TEMPLATE \"\"\"{{- $task := \"\" }}{{- range .Messages }}"
            + "{{ if eq .Role \"system\" }}{{ $task = .Content }}{{ else }}"
            + "{{ if eq .Role \"tool\" }}<|tool_output|>{{ else if eq .Role \"assistant\" }}{{ else }}[INST]"
            + "{{ if $task }}{{ $task }}\n\n{{ $task = \"\" }}{{ end }}{{ end }}"
            + "{{ .Content }}{{ if eq .Role \"user\" }}[/INST]{{ else }}</s>{{ end }}{{ end }}{{ end }}\"\"\"\n")
            .And.Contain("PARAMETER stop \"</s>\"\n").And.NotContain("eot_id");
        Write(chat: true, format: ChatFormat.ChatMl);
        using var file = GgufFile.Open(_folder / "out/model.gguf");
        file.Metadata.Get<bool>("tokenizer.ggml.add_bos_token").Should().BeFalse("ChatML has no token for the beginning");
        GgufTokenizer.ReadTemplate(file, GgufTokenizer.Read(file))!.Format.Should().Be(ChatFormat.ChatMl);
    }

    [Fact]
    public void The_Modelfile_of_a_base_model_passes_the_prompt_on()
    {
        Write(chat: false);
        var text = File.ReadAllText(_folder / "out/Modelfile");
        text.Should().Contain("TEMPLATE \"\"\"{{ .Prompt }}\"\"\"\n")
            .And.Contain("PARAMETER temperature 0.8\nPARAMETER top_k 40\n")
            .And.NotContain("SYSTEM").And.NotContain("eot_id");
    }

    [Fact]
    public void Refuses_head_counts_with_other_slopes_and_prompts_that_a_Modelfile_cannot_hold()
    {
        FluentActions.Invoking(() => Write(heads: 3)).Should().Throw<ConfigurationException>()
            .WithMessage("n_heads is 3. llama.cpp has the ALiBi slopes of this program only for powers of two;*");
        FluentActions.Invoking(() => Write(chat: true, system: "a \"\"\" b")).Should().Throw<ConfigurationException>()
            .WithMessage("The system prompt of the chat template contains three double quotes in a row*");
        Directory.Exists(_folder / "out").Should().BeFalse();
    }

    [Fact]
    public void A_matrix_with_rows_of_part_of_a_block_is_F16_and_a_norm_F32()
    {
        Write(type: GgufTensorType.Q8_0);
        using var file = GgufFile.Open(_folder / "out/model.gguf");
        var types = file.StoredTensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Type);
        types["blk.0.ffn_down.weight"].Should().Be(GgufTensorType.F16, "its rows have 10 weights");
        types["blk.0.ffn_up.weight"].Should().Be(GgufTensorType.Q8_0);
        types["blk.0.ffn_norm.weight"].Should().Be(GgufTensorType.F32);
        types["token_embd.weight"].Should().Be(GgufTensorType.Q8_0);
        file.Metadata.Get<uint>("general.file_type").Should().Be(7);
    }

    [Fact]
    public void A_foreign_template_and_a_foreign_tokenizer_are_not_taken_for_ours()
    {
        Write(chat: true, system: "a");
        Replace("turkishllm.chat_system", "turkishllm.chat_sy_tem");
        using (var file = GgufFile.Open(_folder / "out/model.gguf"))
            GgufTokenizer.ReadTemplate(file, GgufTokenizer.Read(file)).Should().BeNull();
        Replace("turkishllm.split_rule", "turkishllm.split_role");
        using (var file = GgufFile.Open(_folder / "out/model.gguf"))
            FluentActions.Invoking(() => GgufTokenizer.Read(file)).Should().Throw<InvalidDataException>()
                .WithMessage("The tokenizer in * is not one of this program: turkishllm.split_rule is missing, not one of turk*");
    }

    private void Write(
        bool chat = false, string? system = null, int heads = 2, GgufTensorType type = GgufTensorType.F32,
        ChatFormat? format = null)
    {
        var tokenizer = new Tokenizer([]);
        tokenizer.Save(_folder / "tok");
        var config = new ModelConfig(
            tokenizer.VocabularySize, dModel: 32 * heads, nLayers: 1, heads, nKvHeads: 1, dFf: 10, maxSeqLen: 8);
        using var weights = WeightInitializer.Initialize(config, seed: 5, CPU);
        GgufModel.Write(
            _folder / "out", weights, _folder / "tok", chat ? new ChatTemplate(tokenizer, system, format) : null, type);
    }

    private void Replace(string text, string other)
    {
        var bytes = File.ReadAllBytes(_folder / "out/model.gguf");
        System.Text.Encoding.ASCII.GetBytes(other)
            .CopyTo(bytes, bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(text)));
        File.WriteAllBytes(_folder / "out/model.gguf", bytes);
    }
}
