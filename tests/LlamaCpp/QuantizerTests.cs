using System.Runtime.InteropServices;
using FluentAssertions;
using TurkishLlm.Model.Formats.Gguf;

namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>Our blocks are those of llama.cpp's own functions, bit for bit.</summary>
public sealed class QuantizerTests
{
    private unsafe delegate void Convert(float* source, byte* destination, long count);

    [Theory]
    [InlineData(GgufTensorType.Q8_0, "quantize_row_q8_0_ref")]
    [InlineData(GgufTensorType.F16, "ggml_fp32_to_fp16_row")]
    [InlineData(GgufTensorType.BF16, "ggml_fp32_to_bf16_row_ref")]
    public unsafe void Blocks_are_those_of_llama_cpp(GgufTensorType type, string function)
    {
        LlamaBackend.SkipUnlessAvailable();
        var random = new Random(7);
        var values = new float[32 * 4096];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-7, 3)) * (i / 32 % 5 == 0 ? 0.001 : 1));
        Array.Clear(values, 320, 32);
        var (ours, theirs) = (new byte[values.Length * 2], new byte[values.Length * 2]);
        GgufBlocks.Encode(type, values, ours);

        var convert = Marshal.GetDelegateForFunctionPointer<Convert>(NativeLibrary.GetExport(FindLibrary(), function));
        fixed (float* source = values)
        fixed (byte* destination = theirs)
            convert(source, destination, values.Length);
        ours.AsSpan().SequenceEqual(theirs).Should().BeTrue();
    }

    // The library beside the one that LLamaSharp has loaded.
    private static nint FindLibrary()
    {
        var loaded = System.Diagnostics.Process.GetCurrentProcess().Modules.Cast<System.Diagnostics.ProcessModule>()
            .First(module => module.ModuleName.Contains("ggml-base", StringComparison.Ordinal));
        return NativeLibrary.Load(loaded.FileName);
    }
}
