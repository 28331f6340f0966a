using FluentAssertions;
using LLama;
using LLama.Common;
using LLama.Sampling;
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
    public async Task The_program_of_the_guide_prints_the_answer_of_this_program()
    {
        LlamaBackend.SkipUnlessAvailable();
        var exported = ExportedModels.Chat;
        using var model = new LanguageModel(exported.Weights);
        using var chat = new ChatModel(model, exported.Tokenizer, exported.Template!);
        var system = exported.Template!.System!;
        var expected = chat.Answer(
            new Conversation(ChatMessage.System(system), ChatMessage.User("Telbis nedir?")), SamplingOptions.Greedy(40));

        // docs/guide/export.md
        var options = new ModelParams(exported.Export(GgufTensorType.F32)) { ContextSize = 128 };
        using var weights = LLamaWeights.LoadFromFile(options);
        var template = new LLamaTemplate(weights) { AddAssistant = true };
        template.Add("system", system);
        template.Add("user", "Telbis nedir?");
        var prompt = System.Text.Encoding.UTF8.GetString(template.Apply());
        var executor = new StatelessExecutor(weights, options);
        var greedy = new InferenceParams { MaxTokens = 64, SamplingPipeline = new GreedySamplingPipeline() };
        var answer = new System.Text.StringBuilder();
        await foreach (var text in executor.InferAsync(prompt, greedy, TestContext.Current.CancellationToken))
            answer.Append(text);

        answer.ToString().Should().Be(expected.Text);
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
