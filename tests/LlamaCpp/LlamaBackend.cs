using System.Runtime.InteropServices;
using LLama.Exceptions;
using LLama.Native;

namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>The native library of llama.cpp that LLamaSharp's package has for this system.</summary>
internal static class LlamaBackend
{
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Skips the test where the package has no library for this system.</summary>
    public static void SkipUnlessAvailable()
    {
        if (!Loaded.Value)
            Assert.Skip($"LLamaSharp.Backend.Cpu has no llama.cpp that loads on {RuntimeInformation.RuntimeIdentifier}.");
    }

    private static bool Load()
    {
        if (!Directory.Exists(Path.Combine(AppContext.BaseDirectory, "runtimes"))) return false;
        LlamaModel.UseQuietLog();
        try
        {
            return NativeApi.llama_max_devices() >= 0;
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException or RuntimeError)
        {
            return false;
        }
    }
}
