using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Inference;

/// <summary>A model that was never trained: every token is about equally likely, so that two samples differ.</summary>
internal sealed class RandomModel : IDisposable
{
    private readonly ParameterTable _weights;
    private readonly LanguageModel _model;

    /// <param name="maxTokens">Length of the longest answer.</param>
    public RandomModel(int maxTokens)
    {
        var tokenizer = ScriptedModel.Tokenizer;
        _weights = WeightInitializer.Initialize(ScriptedModel.Config(tokenizer, 60 + maxTokens), seed: 7, CPU);
        _model = new LanguageModel(_weights);
        ChatModel = new ChatModel(_model, tokenizer, new ChatTemplate(tokenizer));
    }

    public ChatModel ChatModel { get; }

    public LanguageModel Model => _model;

    public void Dispose()
    {
        ChatModel.Dispose();
        _model.Dispose();
        _weights.Dispose();
    }
}
