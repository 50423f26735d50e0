"""Portuguese words by what they say in a line of an OKR, see ``lexicon``."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "make verbs": """
        lançar; publicar; redigir; criar; desenvolver; desenhar; redesenhar; projetar;
        construir; realizar; implantar; implementar; introduzir; instalar; migrar; entregar;
        terminar; finalizar; concluir; completar; organizar; participar; contratar; recrutar;
        treinar; formar; capacitar; certificar; definir; documentar; preparar; produzir;
        traduzir; automatizar; atualizar; substituir; integrar; testar; pilotar; avaliar;
        selecionar; negociar; apresentar; validar; visitar; entrevistar; contatar; enviar;
        adicionar; corrigir; abrir; iniciar; começar; planejar; planear; elaborar; renovar;
        digitalizar; padronizar; analisar; coletar; recolher; assinar; apoiar; acompanhar;
        continuar; trabalhar; explorar; estudar; coordenar; gravar; consolidar; estabelecer;
        mapear; auditar; revisar; rever; escolher; nomear; comunicar; fechar; escrever; fazer;
        montar; configurar; executar; obter; conduzir; reformular; colocar no ar; colocar em
        produção; mudar; conquistar certificação""",
    "soft verbs": """
        criar; desenvolver; construir; estabelecer; fazer; entregar; apoiar; acompanhar;
        continuar; trabalhar; obter; criação; desenvolvimento""",
    "making": """
        implementação; implantação; lançamento; criação; redesenho; migração; desenvolvimento;
        redação; publicação; organização; contratação; formação; treinamento; certificação;
        definição; preparação; integração; automação; abertura; finalização; realização;
        mudança; digitalização; elaboração; instalação; participação; assinatura; atualização;
        execução; entrega; reformulação""",
    "made": """
        escritos; escritas; feitos; feito; abertos; aberta; em produção; no ar; operacional;
        disponível; pronto; pronta; entregues; entregue; concluído; concluída; concluídos;
        concluídas""",
    "change": """
        aumentar; incrementar; reduzir; diminuir; melhorar; baixar; subir; duplicar; dobrar;
        triplicar; encurtar; otimizar; reforçar; acelerar; maximizar; minimizar; estabilizar;
        passar; elevar; crescer; fidelizar; encantar; cortar; fortalecer; levar; eliminar;
        limitar; simplificar""",
    "change-s": "aumenta; reduz; diminui; melhora; baixa; sobe; passa; cresce",
    "reach": """
        alcançar; atingir; ganhar; conseguir; conquistar; captar; adquirir; vender; gerar;
        reter; manter; ser; ter; atrair; superar; chegar; obter; tornar""",
    "reach-s": "alcança; atinge; ganha; vende; gera; é; são; tem",
    "open": """
        continuar; apoiar; acompanhar; explorar; estudar; trabalhar; analisar; coordenar;
        comunicar; participar; coletar; ajudar""",
    "effect": """
        taxa*; índice*; pontuação; score; nps; csat; enps; churn; retenção; satisfação;
        faturamento; receita*; vendas; margem; margens; custo*; gasto*; prazo*; tempo*;
        duração; latência; disponibilidade; usuários; utilizadores; clientes; leads;
        cadastros; registros; pedidos; visitas; visitantes; sessões; tráfego; downloads;
        assinantes; seguidores; recomendações; avaliações; reclamações; incidentes; bugs;
        erros; defeitos; tickets; quota; conversão; conversões; ativação; adoção; engajamento;
        notoriedade; qualidade; produtividade; fidelidade; pipeline; oportunidades; contratos;
        crescimento; absenteísmo; acidentes; emissões; consumo; precisão; devoluções;
        reembolsos; mrr; arr; ebitda; rotatividade; nota; uso; rentabilidade; atrasos;
        doações; percentual; percentagem; lucro*; parceiros; participação""",
    "product": """
        artigo*; guia*; página*; site*; app; aplicativo*; aplicação; funcionalidade*; painel;
        painéis; relatório*; entrevista*; oficina*; workshop*; webinar*; treinamento*; curso*;
        campanha*; plano*; estratégia*; conceito*; processo*; procedimento*; manual; manuais;
        documentação; documento*; vídeo*; newsletter*; reunião; reuniões; evento*; feira*;
        pesquisa*; auditoria*; certificação; migração; piloto*; protótipo*; integração;
        integrações; módulo*; ferramenta*; sistema*; plataforma*; modelo*; desenvolvedor*;
        contratações; vaga*; marco*; projeto*; tarefa*; experimento*; teste*; política*;
        loja*; escritório*; crm; erp; base; orçamento*; apresentação; apresentações; roadmap;
        estudo*; post; posts; tutorial; tutoriais; catálogo*; chat; termos; engenheir*""",
    "people": """
        clientes; cliente; usuários; utilizadores; funcionários; colaboradores; pacientes;
        alunos; estudantes; parceiros; membros; doadores; equipes; equipas; gestores;
        fornecedores; pessoas""",
    "comparative": """
        mais; menos; melhor; melhores; maior; menor; superior*; inferior*; rápido;
        significativamente""",
    "determiner": """
        o; a; os; as; um; uma; nosso; nossa; nossos; novo; nova; primeiro; primeira; seu;
        este; esta""",
    "preposition": """
        de; do; da; dos; das; ao; aos; à; em; no; na; nos; nas; para; com; por; pelo; sobre;
        sob; entre; até; antes; depois; desde; que; é; são; sem; contra; via; como; durante;
        abaixo; acima; pelo menos""",
    "amount": "número; quantidade; #",
    "of": "de; do; da; dos; das",
    "purpose": "para; que",
    "to": "para; a; até; ao",
    "from": "de; do; da",
    "joins": "e; bem como; mais; &; +; ou",
    "holding": "sem; enquanto",
    "baseline": "contra; antes; atualmente; vez",
    "limit": """
        pelo menos; no mínimo; no máximo; ao menos; menos; mais; abaixo; acima; mínimo;
        máximo; inferior*; superior*; supera; max; min""",
    "rhythm": "semana*; mensa*; diári*; trimestra*; mês; dia",
    "mass": "documentação; conteúdo; conteúdos; pesquisa; comunicação",
    "aim": """
        confiança; cultura; marca; equipe; comunidade; relaç*; reputação; futuro; referência;
        líder; excelência; sucesso; lugar; empregador""",
    "unit": """
        por cento; pontos; horas; hora; dias; dia; minutos; semanas; meses; anos; segundos;
        euros; euro; eur; milhões; milhão; k; m; x; h; kg; min; estrelas; reais""",
    "name": """
        fase; versão; iso; soc; nível; etapa; onda; sala; python; visão; agenda; q; t; kr;
        trimestre; tipo""",
    "month": """
        janeiro; fevereiro; março; abril; maio; junho; julho; agosto; setembro; outubro;
        novembro; dezembro""",
    "number": """
        dois; duas; três; quatro; cinco; seis; sete; oito; nove; dez; onze; doze; vinte;
        trinta; cem; mil; milhões; milhão; metade; duplicar; dobrar; triplicar; zero; nenhum;
        nenhuma; todos; todas; cada; dobro""",
    "share_word": "metade; zero; nenhum; nenhuma; todos; todas; cada",
    "doubling": "duplicar; dobrar; triplicar",
    "endless": """
        o máximo possível; tanto quanto possível; de forma contínua; contínua; contínuo;
        constantemente; continuar""",
    "buzz": """
        sinergi*; holístic*; inovador*; de classe mundial; disruptiv*; paradigma*; leverage*;
        best-in-class; de ponta; próximo nível; transformador*; game changer; sem atritos""",
}
