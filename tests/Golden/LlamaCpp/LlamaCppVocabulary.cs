using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Golden.LlamaCpp;

/// <summary>A tokenizer that llama.cpp reads, and encodes with by one of its own split rules.</summary>
internal sealed class LlamaCppVocabulary : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-llama-").FullName;
    private readonly LLamaWeights _weights;

    static LlamaCppVocabulary() => NativeLibraryConfig.All.WithLogCallback((_, _) => { });

    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="splitRule">A value of <c>tokenizer.ggml.pre</c> that llama.cpp knows.</param>
    public LlamaCppVocabulary(Tokenizer tokenizer, string splitRule)
    {
        var path = Path.Combine(_folder, "vocabulary.gguf");
        VocabularyGguf.Write(path, tokenizer, splitRule);
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
