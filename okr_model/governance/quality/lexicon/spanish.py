"""Spanish words by what they say in a line of an OKR, see ``lexicon``."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "make verbs": """
        lanzar; publicar; redactar; crear; desarrollar; diseñar; rediseñar; construir;
        realizar; desplegar; implementar; implantar; poner en marcha; introducir; instalar;
        migrar; entregar; terminar; finalizar; completar; organizar; celebrar; participar;
        contratar; reclutar; formar; capacitar; certificar; definir; documentar; preparar;
        producir; traducir; automatizar; actualizar; reemplazar; sustituir; integrar; probar;
        pilotar; evaluar; seleccionar; negociar; presentar; validar; visitar; entrevistar;
        contactar; enviar; añadir; corregir; abrir; iniciar; empezar; planificar; elaborar;
        renovar; digitalizar; estandarizar; analizar; recopilar; impartir; firmar; apoyar;
        acompañar; continuar; seguir; trabajar; explorar; estudiar; coordinar; grabar;
        consolidar; establecer; mapear; auditar; revisar; elegir; nombrar; comunicar; cerrar;
        escribir; hacer; montar; configurar; dar; ejecutar; asistir; obtener; llevar a cabo;
        sensibilizar; mudar; mover""",
    "soft verbs": """
        crear; desarrollar; construir; establecer; hacer; entregar; apoyar; acompañar;
        continuar; seguir; trabajar; obtener; dar; creación; desarrollo""",
    "making": """
        implementación; implantación; lanzamiento; creación; rediseño; migración; despliegue;
        desarrollo; redacción; publicación; organización; contratación; formación;
        certificación; definición; preparación; integración; automatización; apertura;
        finalización; realización; mudanza; digitalización; elaboración; diseño; instalación;
        participación; firma; puesta en marcha; actualización; ejecución; entrega""",
    "made": """
        escritos; escritas; hechos; hecho; abiertos; abierta; puesto en marcha; puesta en
        marcha; en marcha; en producción; operativo; operativa; disponible; listo; lista;
        resueltos; impresos""",
    "change": """
        aumentar; incrementar; reducir; disminuir; mejorar; bajar; subir; duplicar; triplicar;
        acortar; optimizar; reforzar; acelerar; maximizar; minimizar; estabilizar; pasar;
        elevar; crecer; fidelizar; enamorar; recortar; fortalecer; llevar; eliminar; limitar;
        simplificar""",
    "change-s": "aumenta; reduce; disminuye; mejora; baja; sube; pasa; crece",
    "reach": """
        alcanzar; lograr; ganar; conseguir; captar; adquirir; vender; generar; retener;
        mantener; ser; tener; atraer; superar; llegar; obtener; convertirse""",
    "reach-s": "alcanza; logra; gana; vende; genera; es; son; tiene",
    "open": """
        continuar; seguir; apoyar; acompañar; explorar; estudiar; trabajar; analizar;
        coordinar; comunicar; participar; recopilar; ayudar; sensibilizar""",
    "effect": """
        tasa*; ratio*; puntuación; score; nps; csat; enps; churn; retención; satisfacción;
        facturación; ingreso*; ventas; venta; margen*; coste*; costo*; gasto*; plazo*;
        tiempo*; duración; latencia; disponibilidad; usuarios; clientes; leads; registros;
        altas; pedidos; visitas; visitantes; sesiones; tráfico; descargas; suscriptores;
        seguidores; recomendaciones; reseñas; quejas; reclamaciones; incidencias; incidentes;
        bugs; errores; defectos; tickets; cuota; conversión; conversiones; activación;
        adopción; compromiso; notoriedad; calidad; productividad; fidelidad; pipeline;
        oportunidades; contratos; cesta; crecimiento; absentismo; accidentes; emisiones;
        consumo; precisión; devoluciones; reembolsos; mrr; arr; ebitda; rotación; nota; uso;
        rentabilidad; retrasos; donaciones; porcentaje; beneficio*; socios""",
    "product": """
        artículo*; guía*; página*; web; sitio*; app; apps; aplicación; aplicaciones;
        funcionalidad*; funciones; panel*; informe*; entrevista*; taller*; webinar*;
        formacion*; curso*; campaña*; plan; planes; estrategia*; concepto*; proceso*;
        procedimiento*; manual*; documentación; documento*; vídeo*; video*; newsletter*;
        boletín*; boletines; reunión; reuniones; evento*; feria*; encuesta*; auditoría*;
        certificación; migración; piloto*; prototipo*; integración; integraciones; módulo*;
        herramienta*; sistema*; plataforma*; plantilla*; desarrollador*; contrataciones;
        puesto*; hito*; proyecto*; tarea*; experimento*; prueba*; política*; tienda*;
        oficina*; crm; erp; base; presupuesto*; presentación; presentaciones; roadmap;
        estudio*; post; posts; tutorial*; landing; catálogo*; ingenier*""",
    "people": """
        clientes; cliente; usuarios; empleados; pacientes; alumnos; estudiantes; socios;
        miembros; donantes; equipos; managers; proveedores; personas; trabajadores""",
    "comparative": """
        más; menos; mejor; mejores; mayor; menor; superior*; inferior*; rápido;
        significativamente""",
    "determiner": """
        el; la; los; las; un; una; nuestro; nuestra; nuestros; nuevo; nueva; primer; primera;
        su; este; esta""",
    "preposition": """
        de; del; a; al; en; para; con; por; sobre; bajo; entre; hacia; hasta; antes; después;
        desde; que; es; son; sin; contra; mediante; tras; vía; como; según; durante; al menos;
        debajo""",
    "amount": "número; numero; cantidad; #",
    "of": "de; del",
    "purpose": "para; que",
    "to": "a; al; hasta",
    "from": "de; del; desde",
    "joins": "y; e; así como; más; &; +; o",
    "holding": "sin; mientras",
    "baseline": "frente; antes; actualmente; vez",
    "limit": """
        al menos; como mínimo; como máximo; menos; más; bajo; mínimo; máximo; inferior*;
        superior*; debajo; supera; max; min; por debajo; por encima""",
    "rhythm": "semanal*; mensual*; diari*; trimestral*; semana; mes; día",
    "mass": "documentación; contenido; contenidos; investigación; comunicación",
    "aim": """
        confianza; cultura; marca; equipo; comunidad; relaci*; reputación; futuro; referencia;
        líder; excelencia; referente; empleador; éxito; lugar""",
    "unit": """
        por ciento; puntos; horas; hora; días; día; minutos; semanas; meses; años; segundos;
        euros; euro; eur; millones; millón; k; m; x; h; kg; min; estrellas; dólares""",
    "name": """
        fase; versión; iso; soc; nivel; etapa; ola; sala; python; visión; agenda; q; t; kr;
        trimestre; tipo""",
    "month": """
        enero; febrero; marzo; abril; mayo; junio; julio; agosto; septiembre; octubre;
        noviembre; diciembre""",
    "number": """
        dos; tres; cuatro; cinco; seis; siete; ocho; nueve; diez; once; doce; veinte; treinta;
        cien; mil; million*; millones; mitad; duplicar; triplicar; cero; ningún; ninguna;
        todos; todas; cada; doble""",
    "share_word": "mitad; cero; ningún; ninguna; todos; todas; cada",
    "doubling": "duplicar; triplicar",
    "endless": """
        lo máximo posible; tanto como sea posible; de forma continua; continua; continuo;
        constantemente; continuar; seguir""",
    "buzz": """
        sinergi*; holístic*; innovador*; de clase mundial; disruptiv*; paradigma*; leverage*;
        best-in-class; de vanguardia; siguiente nivel; 360; transformador*; game changer; sin
        fisuras""",
}
