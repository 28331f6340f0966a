using FluentAssertions;
using LLama;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>A fine-tuned model answers in turns in llama.cpp, and stops at the end of each.</summary>
[Collection(nameof(NonParallel))]
public sealed class ChatTests
{
    [Fact]
    public void Answers_two_turns_as_this_program_and_stops()
    {
        LlamaBackend.SkipUnlessAvailable();
        var exported = ExportedModels.Chat;
        using var theirs = LlamaModel.Load(exported.Export(GgufTensorType.F32), length: 128);
        using var model = new LanguageModel(exported.Weights);
        using var chat = new ChatModel(model, exported.Tokenizer, exported.Template!);
        theirs.Vocabulary.EOS.Should().Be((LLama.Native.LLamaToken)SpecialTokens.EndOfTurn);

        var system = exported.Template!.System!;
        var conversation = new Conversation(ChatMessage.System(system), ChatMessage.User("Telbis nedir?"));
        var template = new LLamaTemplate(theirs.Weights) { AddAssistant = true };
        template.Add("system", system).Add("user", "Telbis nedir?");
        foreach (var next in new[] { "Fire nedir?", null })
        {
            var prompt = chat.Template.RenderPrompt(conversation);
            var text = System.Text.Encoding.UTF8.GetString(template.Apply());
            theirs.Tokenize(text, special: true, begin: true).Should().Equal(prompt);

            var expected = chat.Answer(conversation, SamplingOptions.Greedy(40));
            expected.FinishReason.Should().Be(FinishReason.EndOfTurn);
            expected.TokenIds.Should().HaveCountGreaterThan(2);
            theirs.Generate(prompt, 40).Should().Equal(expected.TokenIds);

            if (next is null) return;
            conversation = conversation.Append(ChatMessage.Assistant(expected.Text)).Append(ChatMessage.User(next));
            template.Add("assistant", expected.Text).Add("user", next);
        }
    }

    [Fact]
    public void The_template_in_the_file_is_the_one_that_the_Hugging_Face_export_writes()
    {
        LlamaBackend.SkipUnlessAvailable();
        var exported = ExportedModels.Chat;
        using var theirs = LlamaModel.Load(exported.Export(GgufTensorType.F32), length: 32);
        theirs.Weights.NativeHandle.GetTemplate().Should().Be(exported.Template!.ToJinja());
    }
}
