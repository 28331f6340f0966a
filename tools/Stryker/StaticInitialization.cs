using System.Runtime.CompilerServices;
using TurkishLlm.Spec;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Tools.Stryker;

/// <summary>
/// Everything static is made before the first mutant runs. One process judges many mutants, and what one of them
/// made, or the error that it threw, would stay for all that follow: they would be killed by it, and none by a test.
/// </summary>
internal static class StaticInitialization
{
    private const int None = -1;

    [ModuleInitializer]
    internal static void Make()
    {
        // Stryker writes the number of the running mutant here, and waits until this program has started.
        var file = Environment.GetEnvironmentVariable("STRYKER_MUTANT_FILE");
        if (file is null || !File.Exists(file)) return;
        var active = File.ReadAllBytes(file);
        Write(file, BitConverter.GetBytes(None));
        foreach (
            var type in new[]
            {
                typeof(StaticInitialization), typeof(Catalog), typeof(TrainingPlan), typeof(Data.TokenDataset),
                typeof(Tokenizer),
            }
                     .SelectMany(of => of.Assembly.GetTypes()).Where(type => !type.ContainsGenericParameters))
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        Write(file, active);
    }

    private static void Write(string file, byte[] number)
    {
        // The file is mapped into memory elsewhere: it is overwritten, never created again.
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        stream.Write(number);
    }
}
