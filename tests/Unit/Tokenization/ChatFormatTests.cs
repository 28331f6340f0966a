using FluentAssertions;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Tokenization;

/// <summary>Conversations in the named formats, written out by hand from their documentation.</summary>
public sealed class ChatFormatTests
{
    private static readonly Tokenizer Bytes = new([]);

    private static readonly Conversation TwoTurns = new(
        ChatMessage.System("Kısa yanıtla. "), ChatMessage.User(" Işığın hızı?  "), ChatMessage.Assistant("300.000 km/s"),
        ChatMessage.User("Sesin?\n"), ChatMessage.Assistant("340 m/s"));

    [Fact]
    public void ChatML_begins_turns_with_im_start_and_has_no_begin_of_text()
    {
        Show(ChatFormat.ChatMl, TwoTurns).Should().Be(
            "<|im_start|>system\nKısa yanıtla.<|im_end|>\n"
            + "<|im_start|>user\nIşığın hızı?<|im_end|>\n<|im_start|>assistant\n[300.000 km/s][<|im_end|>]\n"
            + "<|im_start|>user\nSesin?<|im_end|>\n<|im_start|>assistant\n[340 m/s][<|im_end|>]\n");
        ShowPrompt(ChatFormat.ChatMl, ChatMessage.User("Merhaba"))
            .Should().Be("<|im_start|>user\nMerhaba<|im_end|>\n<|im_start|>assistant\n");
    }

    [Fact]
    public void Llama_3_has_headers_and_two_line_breaks()
    {
        Show(ChatFormat.Llama3, TwoTurns).Should().Be(
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nKısa yanıtla.<|eot_id|>"
            + "<|start_header_id|>user<|end_header_id|>\n\nIşığın hızı?<|eot_id|>"
            + "<|start_header_id|>assistant<|end_header_id|>\n\n[300.000 km/s][<|eot_id|>]"
            + "<|start_header_id|>user<|end_header_id|>\n\nSesin?<|eot_id|>"
            + "<|start_header_id|>assistant<|end_header_id|>\n\n[340 m/s][<|eot_id|>]");
        ShowPrompt(ChatFormat.Llama3, ChatMessage.User("Merhaba")).Should().Be(
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nMerhaba<|eot_id|>"
            + "<|start_header_id|>assistant<|end_header_id|>\n\n");
    }

    [Fact]
    public void Mistral_puts_the_system_prompt_into_the_first_question_and_has_no_spaces()
    {
        Show(ChatFormat.Mistral, TwoTurns).Should().Be(
            "<s>[INST]Kısa yanıtla.\n\nIşığın hızı?[/INST][300.000 km/s][</s>][INST]Sesin?[/INST][340 m/s][</s>]");
        ShowPrompt(ChatFormat.Mistral, ChatMessage.User("Merhaba")).Should().Be("<s>[INST]Merhaba[/INST]");
    }

    [Fact]
    public void Gemma_calls_the_assistant_model_and_puts_the_system_prompt_into_the_first_question()
    {
        Show(ChatFormat.Gemma, TwoTurns).Should().Be(
            "<bos><start_of_turn>user\nKısa yanıtla.\n\nIşığın hızı?<end_of_turn>\n"
            + "<start_of_turn>model\n[300.000 km/s][<end_of_turn>]\n"
            + "<start_of_turn>user\nSesin?<end_of_turn>\n<start_of_turn>model\n[340 m/s][<end_of_turn>]\n");
        ShowPrompt(ChatFormat.Gemma, ChatMessage.User("Merhaba"))
            .Should().Be("<bos><start_of_turn>user\nMerhaba<end_of_turn>\n<start_of_turn>model\n");
    }

    [Fact]
    public void The_system_prompt_of_the_template_is_that_of_conversations_without_one()
    {
        foreach (var format in ChatFormat.All)
            new ChatTemplate(Bytes, "Yardım et.", format).Render(new(ChatMessage.User("a"), ChatMessage.Assistant("b"))).Ids
                .Should().Equal(new ChatTemplate(Bytes, null, format).Render(
                    new(ChatMessage.System("Yardım et."), ChatMessage.User("a"), ChatMessage.Assistant("b"))).Ids);
    }

    [Theory]
    [InlineData("turkishllm", "<|tool_output|>144<|eot_id|>")]
    [InlineData("chatml", "<|im_start|>tool\n144<|im_end|>\n")]
    [InlineData("llama3", "<|start_header_id|>ipython<|end_header_id|>\n\n144<|eot_id|>")]
    [InlineData("mistral", "<|tool_output|>144</s>")]
    [InlineData("gemma", "<|tool_output|>144<end_of_turn>\n")]
    public void The_output_of_a_tool_has_the_role_of_the_format(string format, string expected) =>
        Show(ChatFormat.Find(format)!, new(
            ChatMessage.User("12 × 12?"), ChatMessage.Assistant("", "12*12"), ChatMessage.Tool("144"),
            ChatMessage.Assistant("144 eder."))).Should().Contain(expected);

    [Fact]
    public void A_system_prompt_of_a_conversation_without_a_question_is_not_shown_yet_in_a_format_that_folds_it() =>
        Show(ChatFormat.Gemma, new(ChatMessage.System("Kısa yanıtla."))).Should().Be("<bos>");

    [Fact]
    public void Formats_have_names_and_no_two_rules_are_equal()
    {
        ChatFormat.All.Select(format => format.Name).Should().Equal("turkishllm", "chatml", "llama3", "mistral", "gemma");
        ChatFormat.All.Select(format => new ChatTemplate(Bytes, null, format).Hash).Should().OnlyHaveUniqueItems();
        ChatFormat.Find("alpaca").Should().BeNull();
    }

    private static string Show(ChatFormat format, Conversation conversation)
    {
        var template = new ChatTemplate(Bytes, format: format);
        var rendered = template.Render(conversation);
        return string.Concat(rendered.Segments.Where(segment => segment.Count > 0).Select(segment =>
        {
            var text = template.ToText(rendered.Ids.Skip(segment.Start).Take(segment.Count));
            return rendered.LossMask[segment.Start] ? $"[{text}]" : text;
        }));
    }

    private static string ShowPrompt(ChatFormat format, params ChatMessage[] messages)
    {
        var template = new ChatTemplate(Bytes, format: format);
        return template.ToText(template.RenderPrompt(new(messages)));
    }
}
