using System.Text;
using LLama;
using LLama.Common;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tokenization;

// Also compiled into the benchmarks.
namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>A tokenizer that llama.cpp reads, and encodes with by one of its own split rules.</summary>
internal sealed class LlamaVocabulary : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-llama-").FullName;
    private readonly LLamaWeights _weights;

    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="splitRule">A value of <c>tokenizer.ggml.pre</c> that llama.cpp knows.</param>
    public LlamaVocabulary(Tokenizer tokenizer, string splitRule)
    {
        var path = Path.Combine(_folder, "vocabulary.gguf");
        var metadata = new GgufMetadata(path);
        metadata.Add("general.architecture", "llama");
        GgufTokenizer.Write(metadata, tokenizer, template: null, splitRule);
        using (var writer = GgufWriter.Create(path, metadata, tensors: [])) writer.Finish();
        _weights = LLamaWeights.LoadFromFile(new ModelParams(path) { VocabOnly = true });
    }

    /// <summary>Returns the ids of a text, without a token for its beginning.</summary>
    public int[] Encode(string text) => [.. _weights.Tokenize(text, false, false, Encoding.UTF8).Select(token => (int)token)];

    public void Dispose()
    {
        _weights.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
