using System.Reflection;
using TurkishLlm.Training;

namespace TurkishLlm.Tests;

/// <summary>Clearances for tests of what comes after the gate; judging everything before each of them would take minutes.</summary>
internal static class Ungated
{
    public static Clearance For(TrainingPlan plan, string report = "{\"open\": true}", string digest = "5e1f")
    {
        plan.ThrowIfInvalid();
        return (Clearance)Activator.CreateInstance(
            typeof(Clearance), BindingFlags.Instance | BindingFlags.NonPublic, binder: null, [plan, report, digest, 41], culture: null)!;
    }
}
